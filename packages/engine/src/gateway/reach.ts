import type { WindowSlice } from "../ports/index.ts";

/** A slice as far as it is complete. */
export interface Reach {
  readonly slice: WindowSlice;
  /** There is more beyond its head, to be read from there. */
  readonly isPart: boolean;
}

/** Where what was kept is too much to be read at once, a slice reaches to the last that was read. */
export function reachOf(slice: WindowSlice): Reach {
  const end = slice.past?.keptTo;
  if (end === undefined) return { slice, isPart: false };
  return { slice: { ...slice, items: [], head: end, floor: end }, isPart: true };
}
