import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../database/open-database.ts";

/** Items as they cross to the thread. */
export interface ItemColumns {
  readonly seq: readonly number[];
  readonly room: readonly string[];
  readonly at: readonly number[];
  readonly uid: readonly string[];
  readonly id: readonly string[];
  readonly body: readonly string[];
  /** What a recall takes back; both null for anything else. */
  readonly recallId: readonly (string | null)[];
  readonly recallUid: readonly (string | null)[];
}

interface Place {
  readonly seq: number;
  readonly room: string;
  readonly at: number;
}

/** Writes items that are not there yet, and hides what recalls take back. */
export function archiveWriter(db: DatabaseSync) {
  const insert = db.prepare(`
    INSERT INTO item (seq, room, at, latest_at, uid, id, hidden, body) VALUES (?, ?, ?, ?, ?, ?, 0, ?)
    ON CONFLICT (seq) DO NOTHING`);
  const roomOf = db.prepare("SELECT latest_at, last_seq, disorder FROM room WHERE id = ?");
  const putRoom = db.prepare(
    "INSERT OR REPLACE INTO room (id, latest_at, last_seq, disorder) VALUES (?, ?, ?, ?)",
  );
  const before = db.prepare(`
    SELECT latest_at FROM item WHERE room = ? AND seq < ? ORDER BY latest_at DESC, seq DESC LIMIT 1`);
  const below = "room = ? AND latest_at >= ? AND latest_at < ? AND seq > ?";
  const behind = db.prepare(`SELECT max(? - at) AS behind FROM item WHERE ${below}`);
  const raise = db.prepare(`UPDATE item SET latest_at = ? WHERE ${below}`);
  const has = db.prepare("SELECT 1 FROM item WHERE seq = ?");
  const hideId = db.prepare("UPDATE item SET hidden = 1 WHERE room = ? AND id = ? AND hidden = 0");
  const hideUid = db.prepare(
    "UPDATE item SET hidden = 1 WHERE room = ? AND uid = ? AND seq < ? AND hidden = 0",
  );

  /** Keeps `latest_at` rising with seq, and `disorder` no smaller than any `latest_at - at` of the room. */
  const placeInRoom = ({ seq, room, at }: Place): number => {
    const row = roomOf.get(room);
    const lastSeq = Number(row?.["last_seq"] ?? 0);
    const known = { latest: Number(row?.["latest_at"] ?? at), disorder: Number(row?.["disorder"] ?? 0) };
    if (seq > lastSeq) {
      const latest = Math.max(at, known.latest);
      putRoom.run(room, latest, seq, Math.max(known.disorder, latest - at));
      return latest;
    }
    // It comes after a later one: those that follow it and are older by time rise with it.
    const previous = Number(before.get(room, seq)?.["latest_at"] ?? Number.MIN_SAFE_INTEGER);
    const latest = Math.max(at, previous);
    const raised = Number(behind.get(latest, room, previous, latest, seq)?.["behind"] ?? 0);
    raise.run(latest, room, previous, latest, seq);
    const disorder = Math.max(known.disorder, latest - at, raised);
    putRoom.run(room, Math.max(latest, known.latest), lastSeq, disorder);
    return latest;
  };

  return {
    write(items: ItemColumns): void {
      transaction(db, () => {
        for (const [i, seq] of items.seq.entries()) {
          if (has.get(seq) !== undefined) continue;
          const room = items.room[i] ?? "";
          const at = Math.trunc(items.at[i] ?? 0);
          const latest = placeInRoom({ seq, room, at });
          insert.run(seq, room, at, latest, items.uid[i] ?? "", items.id[i] ?? "", items.body[i] ?? "");
          const recallId = items.recallId[i] ?? null;
          const recallUid = items.recallUid[i] ?? null;
          if (recallId !== null) hideId.run(room, recallId);
          if (recallUid !== null) hideUid.run(room, recallUid, seq);
        }
      });
    },
  };
}
