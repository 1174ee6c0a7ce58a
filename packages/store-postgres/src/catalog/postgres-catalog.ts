import { stateFromJson } from "@barrage/engine";
import type { CataloguedRoom, CatalogWrite, CatalogWriter, RoomCatalog, RoomState } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { rowLimit } from "../archive/archive-reader.ts";
import { writeItems } from "../archive/archive-writer.ts";
import { asKey } from "../archive/item-columns.ts";
import type { Database } from "../connection/database.ts";
import type { Link } from "../connection/link.ts";
import { postgresError } from "../errors.ts";
import { writeRooms } from "./room-writer.ts";

/** Every reading statement, by name, so that a test can ask PostgreSQL for the plan of each. */
export const CATALOG_QUERIES = {
  find: "SELECT seq, state FROM room_state WHERE id = $1",
  list: "SELECT state FROM room_state WHERE NOT closed ORDER BY newest DESC, seq DESC, id LIMIT $1",
  ids: "SELECT id FROM room_state WHERE id > $1 ORDER BY id LIMIT $2",
  live: "SELECT id FROM room_state WHERE id > $1 AND live AND NOT closed ORDER BY id LIMIT $2",
} as const;

/**
 * Room states in PostgreSQL, beside the history that they come from.
 *
 * Bounds     a room is never set back: of two states the one as of the later record stays, whoever writes last.
 * Errors     `writeAll`: PG_ codes; what failed may be repeated, it counts once. Readers: as those of the archive. `find`
 *            also PG_FOREIGN_STATE, as the cause, where it would be wrong to say that there is no such room.
 */
export class PostgresCatalog implements RoomCatalog, CatalogWriter {
  private readonly database: Database;
  private readonly rowsPerInsert: number;

  constructor(database: Database, rowsPerInsert: number) {
    this.database = database;
    this.rowsPerInsert = rowsPerInsert;
  }

  find(room: string, ctx: Context): Promise<CataloguedRoom | undefined> {
    return this.database.read(async (link, own) => {
      const { rows } = await link.query(CATALOG_QUERIES.find, [asKey(room)], own);
      const [row] = rows;
      if (row === undefined) return undefined;
      const seq = Number(row["seq"]);
      const state = stateOf(row["state"]);
      if (state === undefined) throw postgresError("PG_FOREIGN_STATE", { seq });
      return { state, seq };
    }, ctx);
  }

  /** Rooms whose state another version wrote in a form that this one does not know are left out. */
  list(limit: number, ctx: Context): Promise<readonly RoomState[]> {
    return this.database.read(async (link, own) => {
      const { rows } = await link.query(CATALOG_QUERIES.list, [rowLimit(limit)], own);
      return rows.flatMap((row) => stateOf(row["state"]) ?? []);
    }, ctx);
  }

  ids(after: string, limit: number, ctx: Context): Promise<readonly string[]> {
    return this.page(CATALOG_QUERIES.ids, after, limit, ctx);
  }

  live(after: string, limit: number, ctx: Context): Promise<readonly string[]> {
    return this.page(CATALOG_QUERIES.live, after, limit, ctx);
  }

  async writeAll({ items, rooms }: CatalogWrite, ctx: Context): Promise<void> {
    ctx.throwIfCancelled();
    if (items.length === 0 && rooms.length === 0) return;
    await this.database.use(
      (link, own) => writeCatalog(link, { items, rooms }, this.rowsPerInsert, own),
      ctx,
    );
  }

  private page(query: string, after: string, limit: number, ctx: Context): Promise<readonly string[]> {
    return this.database.read(async (link, own) => {
      const { rows } = await link.query(query, [asKey(after), rowLimit(limit)], own);
      return rows.map(({ id }) => String(id));
    }, ctx);
  }
}

/** One transaction. Items first: whoever writes one of a room's waits there for the other, in one order of rooms. */
export async function writeCatalog(
  link: Link,
  write: CatalogWrite,
  rowsPerInsert: number,
  ctx: Context,
): Promise<void> {
  await link.transaction(async () => {
    if (write.items.length > 0) await writeItems(link, write.items, rowsPerInsert, ctx);
    if (write.rooms.length > 0) await writeRooms(link, write, ctx);
  }, ctx);
}

const stateOf = (text: unknown): RoomState | undefined => stateFromJson(JSON.parse(String(text)));
