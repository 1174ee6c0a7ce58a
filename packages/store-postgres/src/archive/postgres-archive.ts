import type { Archive, ArchivedItem, HistoryPage, HistoryQuery } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { Database, PostgresFigures } from "../connection/database.ts";
import { eraseStep, roomsOf } from "./archive-eraser.ts";
import { readLatest, readOne, readPage } from "./archive-reader.ts";
import { ArchiveRetention } from "./archive-retention.ts";
import { writeItems } from "./archive-writer.ts";
import { asKey } from "./item-columns.ts";

/**
 * History of all rooms in PostgreSQL.
 *
 * Bounds     an operation takes no longer than `pool.operationMs`; a caller that gives up earlier gets its answer at once,
 *            and its query is cancelled in PostgreSQL.
 * Cost       a page is found by index, in the partitions of its range alone.
 * Errors     `write` and `retain`: PG_ codes; a write that failed may be repeated, it counts once. Readers and `erase`:
 *            BARRAGE_OVERLOADED, BARRAGE_DRAINING once it is closed, with the PG_ code as cause.
 */
export class PostgresArchive implements Archive {
  private readonly database: Database;
  private readonly rowsPerInsert: number;

  constructor(database: Database, rowsPerInsert: number) {
    this.database = database;
    this.rowsPerInsert = rowsPerInsert;
  }

  /** Why it is not ready; undefined while it is. */
  get health(): string | undefined {
    return this.database.health;
  }

  get figures(): PostgresFigures {
    return this.database.figures;
  }

  async write(items: readonly ArchivedItem[], ctx: Context): Promise<void> {
    ctx.throwIfCancelled();
    if (items.length === 0) return;
    await this.database.use(
      (link, own) => link.transaction(() => writeItems(link, items, this.rowsPerInsert, own), own),
      ctx,
    );
  }

  query(query: HistoryQuery, ctx: Context): Promise<HistoryPage> {
    return this.database.read((link, own) => readPage(link, query, own), ctx);
  }

  latest(room: string, limit: number, ctx: Context): Promise<readonly Item[]> {
    return this.database.read((link, own) => readLatest(link, room, limit, own), ctx);
  }

  find(room: string, id: string, ctx: Context): Promise<Item | undefined> {
    return this.database.read((link, own) => readOne(link, room, id, own), ctx);
  }

  async erase(uid: string, ctx: Context): Promise<readonly string[]> {
    const { database } = this;
    const key = asKey(uid);
    const rooms = await database.read((link, own) => roomsOf(link, key, own), ctx);
    for (const { room } of rooms) {
      while (await database.read((link, own) => eraseStep(link, key, room, own), ctx)) ctx.throwIfCancelled();
    }
    return rooms.filter(({ isShown }) => isShown).map(({ room }) => room);
  }

  retain(policy: { readonly before: number; readonly maxBytes: number }, ctx: Context): Promise<number> {
    return new ArchiveRetention(this.database).retain(policy, ctx);
  }

  /** Closes the whole store that it is part of. */
  close(): Promise<void> {
    return this.database.close();
  }
}
