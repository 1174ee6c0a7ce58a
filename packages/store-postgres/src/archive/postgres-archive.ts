import type { Archive, ArchivedItem, HistoryPage, HistoryQuery } from "@barrage/engine";
import type { Context, Scope } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { Item } from "@barrage/protocol";
import type { Link } from "../connection/link.ts";
import type { LinkPool, PoolFigures } from "../connection/link-pool.ts";
import type { Monitor, MonitorFigures } from "../connection/monitor.ts";
import { isPostgresError } from "../errors.ts";
import { eraseStep, roomsOf } from "./archive-eraser.ts";
import { readLatest, readOne, readPage } from "./archive-reader.ts";
import { ArchiveRetention } from "./archive-retention.ts";
import { writeItems } from "./archive-writer.ts";
import { asKey } from "./item-columns.ts";

export interface PostgresFigures extends PoolFigures, MonitorFigures {}

export interface ArchiveParts {
  readonly pool: LinkPool;
  readonly monitor: Monitor;
  /** Owner of every background task. */
  readonly scope: Scope;
  readonly rowsPerInsert: number;
}

/**
 * History of all rooms in PostgreSQL.
 *
 * Bounds     an operation takes no longer than `pool.operationMs`; a caller that gives up earlier gets its answer at once,
 *            and its query is cancelled in PostgreSQL.
 * Cost       a page is found by index, in the partitions of its range alone.
 * Errors     `write` and `retain`: PG_ codes; a write that failed may be repeated, it counts once. Readers:
 *            BARRAGE_OVERLOADED where a later try may succeed, with the PG_ code as cause, else PG_ codes.
 */
export class PostgresArchive implements Archive {
  private readonly parts: ArchiveParts;
  private closing: Promise<void> | undefined = undefined;

  constructor(parts: ArchiveParts) {
    this.parts = parts;
  }

  /** Why it is not ready; undefined while it is. */
  get health(): string | undefined {
    return this.parts.monitor.health;
  }

  get figures(): PostgresFigures {
    const { pool, monitor } = this.parts;
    return { ...pool.figures, ...monitor.figures };
  }

  async write(items: readonly ArchivedItem[], ctx: Context): Promise<void> {
    ctx.throwIfCancelled();
    if (items.length === 0) return;
    const { pool, rowsPerInsert } = this.parts;
    await pool.use((link, own) => writeItems(link, items, rowsPerInsert, own), ctx);
  }

  query(query: HistoryQuery, ctx: Context): Promise<HistoryPage> {
    return this.read((link, own) => readPage(link, query, own), ctx);
  }

  latest(room: string, limit: number, ctx: Context): Promise<readonly Item[]> {
    return this.read((link, own) => readLatest(link, room, limit, own), ctx);
  }

  find(room: string, id: string, ctx: Context): Promise<Item | undefined> {
    return this.read((link, own) => readOne(link, room, id, own), ctx);
  }

  async erase(uid: string, ctx: Context): Promise<readonly string[]> {
    const key = asKey(uid);
    const rooms = await this.read((link, own) => roomsOf(link, key, own), ctx);
    for (const { room } of rooms) {
      while (await this.read((link, own) => eraseStep(link, key, room, own), ctx)) ctx.throwIfCancelled();
    }
    return rooms.filter(({ isShown }) => isShown).map(({ room }) => room);
  }

  retain(policy: { readonly before: number; readonly maxBytes: number }, ctx: Context): Promise<number> {
    return new ArchiveRetention(this.parts.pool).retain(policy, ctx);
  }

  /** Lets what is under way end, then closes every connection and ends every task. */
  close(): Promise<void> {
    return (this.closing ??= this.finish());
  }

  private async finish(): Promise<void> {
    const { pool, scope } = this.parts;
    scope.cancel();
    await pool.close();
    await scope[Symbol.asyncDispose]();
  }

  private async read<T>(body: (link: Link, ctx: Context) => Promise<T>, ctx: Context): Promise<T> {
    try {
      return await this.parts.pool.use(body, ctx);
    } catch (error) {
      if (!isPostgresError(error)) throw error;
      if (error.code === "PG_CLOSED") throw protocolError("BARRAGE_DRAINING", {}, error);
      if (error.spec.retryable) throw protocolError("BARRAGE_OVERLOADED", {}, error);
      throw error;
    }
  }
}
