import type { Item, MergedCount } from "@barrage/protocol";

/** Why a record is shown to nobody in the room: the ceiling, or it is part of another one's count. */
export type Withholding = "sampled" | MergedCount;

/** A record with what the room's policies have decided about it, for all viewers alike. It goes with the batch and into the window. */
export type RoomItem = Item & { readonly withheld?: Withholding };

export const isShown = ({ withheld }: RoomItem): boolean => withheld === undefined;

/** Records that a room's policies withheld from everybody. */
export interface WithheldCounts {
  readonly sampled: number;
  readonly merged: number;
}

const NONE: WithheldCounts = { sampled: 0, merged: 0 };

/** O(items); no allocation where nothing was withheld. */
export function withheldOf(items: readonly RoomItem[]): WithheldCounts {
  let sampled = 0;
  let merged = 0;
  for (const { withheld } of items) {
    if (withheld === undefined) continue;
    if (withheld === "sampled") sampled += 1;
    else merged += 1;
  }
  return sampled + merged === 0 ? NONE : { sampled, merged };
}

/** The last count of each danmaku that others of `items` were merged into. */
export function countsOf(items: readonly RoomItem[]): ReadonlyMap<number, MergedCount> {
  const counts = new Map<number, MergedCount>();
  for (const { withheld } of items) {
    if (withheld !== undefined && withheld !== "sampled") counts.set(withheld.seq, withheld);
  }
  return counts;
}
