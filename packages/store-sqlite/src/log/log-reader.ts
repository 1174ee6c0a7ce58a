import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../database/open-database.ts";
import { rowLimit } from "../database/row-limit.ts";

/** Records as they cross from the thread; `bodies` are the entries' JSON. */
export interface RecordColumns {
  readonly seqs: number[];
  readonly rooms: string[];
  readonly live: boolean[];
  readonly bodies: string[];
}

export interface HeldRow {
  readonly room: string;
  readonly matched: string;
  readonly body: string;
}

const heldRow = (row: Record<string, unknown>): HeldRow => ({
  room: String(row["room"]),
  matched: String(row["matched"]),
  body: String(row["body"]),
});

/** Reading the log, the held queue and consumer offsets. */
export function logReader(db: DatabaseSync) {
  const all = db.prepare("SELECT seq, room, live, body FROM log WHERE seq > ? ORDER BY seq LIMIT ?");
  const ofRoom = db.prepare(
    "SELECT seq, room, live, body FROM log WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?",
  );
  const head = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'log'");
  const heldOfRoom = db.prepare("SELECT room, matched, body FROM held WHERE room = ? ORDER BY place LIMIT ?");
  const heldOne = db.prepare("SELECT room, matched, body FROM held WHERE room = ? AND id = ?");
  const dismissOne = db.prepare("DELETE FROM held WHERE room = ? AND id = ?");
  const offset = db.prepare("SELECT seq FROM consumer WHERE name = ?");
  const setOffset = db.prepare("INSERT OR REPLACE INTO consumer (name, seq) VALUES (?, ?)");

  return {
    head: (): number => Number(head.get()?.["seq"] ?? 0),
    read(after: number, limit: number, room: string | null): RecordColumns {
      const most = rowLimit(limit);
      const columns: RecordColumns = { seqs: [], rooms: [], live: [], bodies: [] };
      const rows = room === null ? all.iterate(after, most) : ofRoom.iterate(room, after, most);
      for (const row of rows) {
        columns.seqs.push(Number(row["seq"]));
        columns.rooms.push(String(row["room"]));
        columns.live.push(row["live"] === 1);
        columns.bodies.push(String(row["body"]));
      }
      return columns;
    },
    held: (room: string, limit: number): HeldRow[] => heldOfRoom.all(room, rowLimit(limit)).map(heldRow),
    findHeld(room: string, id: string): HeldRow | null {
      const row = heldOne.get(room, id);
      return row === undefined ? null : heldRow(row);
    },
    dismiss: (room: string, id: string): boolean =>
      transaction(db, () => dismissOne.run(room, id).changes === 1),
    committed: (consumer: string): number => Number(offset.get(consumer)?.["seq"] ?? 0),
    commit(consumer: string, seq: number): void {
      transaction(db, () => setOffset.run(consumer, seq));
    },
  };
}
