import type { GapFrame, Item, MergedCount, SnapshotFrame } from "@barrage/protocol";
import type { WindowSlice } from "../ports/index.ts";
import { itemBytesAtMost } from "../room/item-size.ts";
import { countsOf, isShown, withheldOf } from "../room/policies/room-item.ts";

/** What became of the records that a snapshot is made from. */
export interface ReplayCounts {
  /** In the snapshot. */
  readonly items: number;
  /** Left out because they did not fit, or were no longer there, as far as their number is known. */
  readonly missing: number;
  /** Withheld by the room's ceiling. */
  readonly sampled: number;
  /** Part of another one's count. */
  readonly merged: number;
}

/** What a viewer is shown who joins or comes back, and what it is told beside. */
export interface Replay {
  readonly items: readonly Item[];
  readonly told: Pick<SnapshotFrame, "sampled" | "merged">;
  readonly gap: Pick<GapFrame, "from" | "to" | "count"> | undefined;
  readonly counts: ReplayCounts;
}

export interface ReplayBounds {
  /** Records of a late joiner's snapshot. */
  readonly snapshotItems: number;
  readonly bytes: number;
}

/** For a late joiner: what the room said last, without what is nobody's business any more. */
export function freshReplay(slice: WindowSlice, { snapshotItems, bytes }: ReplayBounds): Replay {
  const shown = slice.items.filter(isShown).slice(-snapshotItems);
  const items = newestWithin(
    shown.filter(({ kind }) => kind !== "recall" && kind !== "like"),
    bytes,
  );
  const counts = { items: items.length, missing: 0, sampled: 0, merged: 0 };
  return { items: counted(items, countsOf(slice.items)), told: {}, gap: undefined, counts };
}

/** For one who has everything up to `since`: what it missed, less what everybody else was not shown either. */
export function resumeReplay(slice: WindowSlice, since: number, { bytes }: ReplayBounds): Replay {
  const { sampled, merged } = withheldOf(slice.items);
  const shown = sampled + merged === 0 ? slice.items : slice.items.filter(isShown);
  const items = newestWithin(shown, bytes);
  const gap = missingBefore(slice, { shown, items, since });
  const byFirst = countsOf(slice.items);
  const earlier: readonly MergedCount[] = [...byFirst.values()].filter(({ seq }) => seq <= since);
  return {
    items: counted(items, byFirst),
    told: { ...(sampled === 0 ? {} : { sampled }), ...(earlier.length === 0 ? {} : { merged: earlier }) },
    gap,
    counts: { items: items.length, missing: gap?.count ?? 0, sampled, merged },
  };
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

/** What a viewer who has everything up to `since` is not given: what left the window, and what did not fit. */
function missingBefore(
  { floor }: WindowSlice,
  of: { readonly shown: readonly Item[]; readonly items: readonly Item[]; readonly since: number },
): { from: number; to: number; count: number | null } | undefined {
  const { shown, items, since } = of;
  const cut = shown[shown.length - items.length - 1];
  const to = cut?.seq ?? floor.seq;
  if (to <= since) return undefined;
  // How many lay before the window nobody here knows: `since` has a seq, not an ordinal.
  return { from: since, to, count: floor.seq > since ? null : shown.length - items.length };
}
