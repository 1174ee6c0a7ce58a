import type { DatabaseSync } from "node:sqlite";
import { keyDigest } from "./key-digest.ts";

export interface KeyRow {
  readonly bodyHash: string;
  readonly id: string;
  /** 0 while it is held. */
  readonly seq: number;
}

interface First {
  readonly id: string;
  readonly seq: number;
  readonly at: number;
}

/** Idempotency keys and what came of them; releases are remembered in the same table, under a digest of their own kind. */
export function keyTable(db: DatabaseSync) {
  const select = db.prepare("SELECT body_hash, id, seq FROM idempotency WHERE digest = ?");
  const insert = db.prepare(
    "INSERT OR REPLACE INTO idempotency (digest, body_hash, id, seq, at) VALUES (?, ?, ?, ?, ?)",
  );
  const update = db.prepare("UPDATE idempotency SET seq = ?, id = ? WHERE digest = ?");

  const find = (digest: Uint8Array): KeyRow | undefined => {
    const row = select.get(digest);
    if (row === undefined) return undefined;
    return { bodyHash: String(row["body_hash"]), id: String(row["id"]), seq: Number(row["seq"] ?? 0) };
  };
  const remember = (digest: Uint8Array, bodyHash: string, { id, seq, at }: First): void => {
    insert.run(digest, bodyHash, id, seq === 0 ? null : seq, at);
  };
  const digest = (scope: string, id: string): Uint8Array => keyDigest("sent", scope, id);

  return {
    find,
    remember,
    digest,
    of: (scope: string | null, id: string | null): Uint8Array | null =>
      scope === null || id === null ? null : digest(scope, id),
    released(room: string, heldId: string): { readonly id: string; readonly seq: number } | undefined {
      const row = find(keyDigest("released", room, heldId));
      return row === undefined ? undefined : { id: row.id, seq: row.seq };
    },
    rememberRelease(room: string, heldId: string, first: First): void {
      remember(keyDigest("released", room, heldId), "", first);
    },
    giveSeq(of: Uint8Array, { id, seq }: { readonly id: string; readonly seq: number }): void {
      update.run(seq, id, of);
    },
  };
}
