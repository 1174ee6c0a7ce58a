import type { WindowSlice } from "../ports/index.ts";
import { partsOf } from "../room/batch-parts.ts";
import type { RoomItem } from "../room/policies/room-item.ts";

/** A place in a room's chain; `n` where it is known. */
export interface Place {
  readonly seq: number;
  readonly n: number | undefined;
}

/** A stretch of the chain, and what there is to give of it. */
export interface Passage {
  readonly prev: number;
  readonly seq: number;
  readonly items: readonly RoomItem[];
  /** Records of it that nobody can give any more; null: some, their number is not known, and `items` is empty. */
  readonly expired: number | null;
}

/**
 * What leads from `from` to the window's floor: the kept records, and between them how many others there were.
 * `bytesAtMost`: of a passage's records, where it is less than a batch may have.
 */
export function pastOf(
  { floor, past }: Pick<WindowSlice, "floor" | "past">,
  from: Place,
  bytesAtMost?: number,
): readonly Passage[] {
  const passages: Passage[] = [];
  let { seq: at, n } = from;
  const kept = past?.kept ?? [];
  for (const items of kept.length === 0 ? [] : partsOf(kept, bytesAtMost)) {
    const first = items[0];
    const last = items.at(-1);
    if (first === undefined || last === undefined) break;
    if (n === undefined) {
      // From the first record on whose place is known, everything can be counted.
      const before = first.seq - 1;
      if (before > at) passages.push({ prev: at, seq: before, items: [], expired: null });
      at = Math.max(at, before);
      n = first.n - 1;
    }
    passages.push({ prev: at, seq: last.seq, items, expired: last.n - n - items.length });
    at = last.seq;
    n = last.n;
  }
  const rest = n === undefined ? null : floor.n - n;
  if (at < floor.seq && rest !== 0) passages.push({ prev: at, seq: floor.seq, items: [], expired: rest });
  return passages;
}
