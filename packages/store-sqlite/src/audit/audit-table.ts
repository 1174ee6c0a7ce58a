import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../database/open-database.ts";
import { rowLimit } from "../database/row-limit.ts";

export function auditTable(db: DatabaseSync) {
  const insert = db.prepare("INSERT INTO audit (at, room, body) VALUES (?, ?, ?)");
  const newest = db.prepare("SELECT body FROM audit WHERE room = ? ORDER BY place DESC LIMIT ?");

  return {
    recordAudit(at: number, room: string, body: string): void {
      transaction(db, () => insert.run(Math.trunc(at), room, body));
    },
    listAudit: (room: string, limit: number): string[] =>
      newest.all(room, rowLimit(limit)).map((row) => String(row["body"])),
  };
}
