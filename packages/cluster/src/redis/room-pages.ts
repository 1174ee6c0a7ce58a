import type { RoomCatalog } from "@barrage/engine";
import type { Context } from "@barrage/kernel";

/** Rooms that are read at once. */
const PAGE = 1_000;

/** All rooms that `read` knows, as the catalogue's `ids` does, page after page. */
export async function* roomPages(read: RoomCatalog["ids"], ctx: Context): AsyncIterable<readonly string[]> {
  let ids = await read("", PAGE, ctx);
  for (let last = ids.at(-1); last !== undefined; last = ids.at(-1)) {
    yield ids;
    ids = await read(last, PAGE, ctx);
  }
}
