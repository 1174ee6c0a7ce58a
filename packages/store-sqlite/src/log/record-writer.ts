import type { DatabaseSync } from "node:sqlite";
import { isRefused } from "./append-group.ts";
import type { GroupColumns, WriteStatus } from "./append-group.ts";
import { keyTable } from "./key-table.ts";

export interface WriteOutcome {
  readonly status: WriteStatus;
  readonly seq: number;
  readonly id: string;
}

/** Writes one record of a group, inside the group's transaction. A refused one has written nothing. */
export function recordWriter(db: DatabaseSync, heldMax: number) {
  const insert = db.prepare("INSERT INTO log (room, at, uid, live, body) VALUES (?, ?, ?, ?, ?)");
  const insertHeld = db.prepare(
    "INSERT INTO held (room, id, at, uid, digest, matched, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const findHeld = db.prepare("SELECT place, digest FROM held WHERE room = ? AND id = ?");
  const deleteHeld = db.prepare("DELETE FROM held WHERE place = ?");
  const countHeld = db.prepare("SELECT count(*) AS count FROM held");
  const keys = keyTable(db);

  const keyOf = (group: GroupColumns, i: number): Uint8Array | null =>
    keys.of(group.keyScope[i] ?? null, group.keyId[i] ?? null);

  const append = (group: GroupColumns, i: number): WriteOutcome => {
    const { room, at, uid, id, kind, body } = columnsAt(group, i);
    const { lastInsertRowid } = insert.run(room, at, uid, kind === "live" ? 1 : 0, body);
    return { status: "appended", seq: Number(lastInsertRowid), id };
  };

  const release = (group: GroupColumns, i: number, heldId: string): WriteOutcome => {
    // Asked before its own key: approving twice is answered the same with a key or without.
    const { room } = columnsAt(group, i);
    const at = group.now;
    const before = keys.released(room, heldId);
    if (before !== undefined) return { status: "repeated", ...before };
    const held = findHeld.get(room, heldId);
    if (held === undefined) return { status: "held_unknown", seq: 0, id: heldId };
    deleteHeld.run(held["place"] as number);
    const outcome = append(group, i);
    keys.rememberRelease(room, heldId, { ...outcome, at });
    if (held["digest"] !== null) keys.giveSeq(held["digest"] as Uint8Array, outcome);
    const own = keyOf(group, i);
    if (own !== null) keys.remember(own, group.keyHash[i] ?? "", { ...outcome, at });
    return outcome;
  };

  const hold = (group: GroupColumns, i: number, digest: Uint8Array | null): WriteOutcome => {
    const { room, at, uid, id, body } = columnsAt(group, i);
    if (findHeld.get(room, id) !== undefined) return { status: "held", seq: 0, id };
    if (Number(countHeld.get()?.["count"]) >= heldMax) return { status: "held_full", seq: 0, id };
    insertHeld.run(room, id, at, uid, digest, group.matched[i] ?? "[]", body);
    return { status: "held", seq: 0, id };
  };

  return (group: GroupColumns, i: number): WriteOutcome => {
    const heldId = group.releases[i] ?? null;
    if (heldId !== null) return release(group, i, heldId);
    const key = keyOf(group, i);
    const bodyHash = group.keyHash[i] ?? "";
    const { id, kind } = columnsAt(group, i);
    const at = group.now;
    const first = key === null ? undefined : keys.find(key);
    if (first !== undefined) {
      if (first.bodyHash !== bodyHash) return { status: "conflict", seq: 0, id };
      return { status: first.seq === 0 ? "held" : "repeated", seq: first.seq, id: first.id };
    }
    const outcome = kind === "hold" ? hold(group, i, key) : append(group, i);
    if (key !== null && !isRefused(outcome.status)) keys.remember(key, bodyHash, { ...outcome, at });
    return outcome;
  };
}

function columnsAt(group: GroupColumns, i: number) {
  return {
    kind: group.kind[i] ?? "live",
    room: group.room[i] ?? "",
    id: group.id[i] ?? "",
    uid: group.uid[i] ?? "",
    at: Math.trunc(group.at[i] ?? 0),
    body: group.body[i] ?? "",
  };
}
