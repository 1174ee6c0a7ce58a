import type { Item, MergedCount } from "@barrage/protocol";
import type { WindowSlice } from "../ports/index.ts";
import { itemBytesAtMost } from "../room/item-size.ts";
import { countsOf, isShown } from "../room/policies/room-item.ts";

/** What became of the records that a viewer is brought to the present with. */
export interface ReplayCounts {
  /** In the frames. */
  readonly items: number;
  /** Left out because they did not fit, or were no longer there, as far as their number is known. */
  readonly missing: number;
  /** Withheld by the room's ceiling. */
  readonly sampled: number;
  /** Part of another one's count. */
  readonly merged: number;
}

export interface ReplayBounds {
  /** Records of a late joiner's snapshot. */
  readonly snapshotItems: number;
  readonly bytes: number;
}

/** For a late joiner: what the room said last, without what is nobody's business any more. */
export function freshReplay(slice: WindowSlice, { snapshotItems, bytes }: ReplayBounds): readonly Item[] {
  const shown = slice.items.filter(isShown).slice(-snapshotItems);
  const items = newestWithin(
    shown.filter(({ kind }) => kind !== "recall" && kind !== "like"),
    bytes,
  );
  return counted(items, countsOf(slice.items));
}

/** Each with the count that it has as of now. */
function counted(items: readonly Item[], counts: ReadonlyMap<number, MergedCount>): readonly Item[] {
  if (counts.size === 0) return items;
  return items.map((item) => {
    const merged = counts.get(item.seq)?.count;
    return merged === undefined || item.kind !== "danmaku" ? item : { ...item, merged };
  });
}

/** The newest records that fit: a snapshot over the outbound limit would close the very viewer that it is for, for ever. */
function newestWithin(items: readonly Item[], bytes: number): readonly Item[] {
  // Nearly always it fits by far, which costs no encoding to know.
  if (items.reduce((sum, item) => sum + itemBytesAtMost(item), 0) <= bytes) return items;
  let left = bytes;
  let first = items.length;
  while (first > 0) {
    left -= Buffer.byteLength(JSON.stringify(items[first - 1]));
    if (left < 0) break;
    first -= 1;
  }
  return first === 0 ? items : items.slice(first);
}
