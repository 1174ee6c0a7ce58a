import { itemBytesAtMost } from "./item-size.ts";
import type { RoomItem } from "./policies/room-item.ts";

/** Records of one batch: a room that is never quiet must not make one frame of a whole second after a stall. */
const ITEMS_PER_BATCH = 512;
/** Bytes of one batch as JSON, far below the outbound limit of a connection, so that no frame alone is too much for one. */
const BYTES_PER_BATCH = 65_536;

/** `items` cut into batches: as few as the bounds of one batch allow, at least one. */
export function* partsOf(
  items: readonly RoomItem[],
  bytesAtMost = BYTES_PER_BATCH,
): Iterable<readonly RoomItem[]> {
  const limit = Math.min(bytesAtMost, BYTES_PER_BATCH);
  let start = 0;
  let bytes = 0;
  for (const [i, item] of items.entries()) {
    const size = itemBytesAtMost(item);
    if (i > start && (i - start >= ITEMS_PER_BATCH || bytes + size > limit)) {
      yield items.slice(start, i);
      start = i;
      bytes = 0;
    }
    bytes += size;
  }
  yield start === 0 ? items : items.slice(start);
}
