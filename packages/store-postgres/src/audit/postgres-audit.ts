import type { AuditEvent, AuditLog } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { rowLimit } from "../archive/archive-reader.ts";
import { asKey, asMoment } from "../archive/item-columns.ts";
import type { Database } from "../connection/database.ts";

/** Every statement, by name, so that a test can ask PostgreSQL for the plan of each. */
export const AUDIT_QUERIES = {
  record: "INSERT INTO audit (at, room, body) VALUES ($1, $2, $3)",
  list: "SELECT body FROM audit WHERE room = $1 ORDER BY place DESC LIMIT $2",
} as const;

/**
 * Who did what to whom, of all rooms, in PostgreSQL. What is older than the archive's retention goes with it.
 *
 * Errors     BARRAGE_OVERLOADED: an event that was not taken, or perhaps; recording it again may list it twice.
 */
export class PostgresAudit implements AuditLog {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async record(event: AuditEvent, ctx: Context): Promise<void> {
    ctx.throwIfCancelled();
    const values = [asMoment(event.at), asKey(event.room), JSON.stringify(event)];
    await this.database.read((link, own) => link.query(AUDIT_QUERIES.record, values, own), ctx);
  }

  list(room: string, limit: number, ctx: Context): Promise<readonly AuditEvent[]> {
    return this.database.read(async (link, own) => {
      const { rows } = await link.query(AUDIT_QUERIES.list, [asKey(room), rowLimit(limit)], own);
      // oxlint-disable-next-line barrage/as-on-foreign-data -- our own table: its form was checked before its first use
      return rows.map((row) => JSON.parse(String(row["body"])) as AuditEvent);
    }, ctx);
  }
}
