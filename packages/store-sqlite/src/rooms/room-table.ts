import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../database/open-database.ts";

export interface StoredCheckpoint {
  readonly seq: number;
  /** JSON of each state. */
  readonly rooms: readonly string[];
}

export function roomTable(db: DatabaseSync) {
  const all = db.prepare("SELECT state FROM room ORDER BY id");
  const put = db.prepare("INSERT OR REPLACE INTO room (id, state) VALUES (?, ?)");
  const seq = db.prepare("SELECT seq FROM checkpoint");
  const putSeq = db.prepare("INSERT OR REPLACE INTO checkpoint (one, seq) VALUES (1, ?)");

  return {
    loadCheckpoint: (): StoredCheckpoint => ({
      seq: Number(seq.get()?.["seq"] ?? 0),
      rooms: all.all().map((row) => String(row["state"])),
    }),
    saveCheckpoint(to: number, ids: readonly string[], states: readonly string[]): void {
      transaction(db, () => {
        for (const [i, id] of ids.entries()) put.run(id, states[i] ?? "");
        putSeq.run(to);
      });
    },
  };
}
