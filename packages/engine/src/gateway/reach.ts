import type { WindowSlice } from "../ports/index.ts";

/** As far as a slice is complete: where what was kept is too much to be read at once, it ends with the last that was read. */
export function reachOf(slice: WindowSlice): WindowSlice {
  const end = slice.past?.keptTo;
  return end === undefined ? slice : { ...slice, items: [], head: end, floor: end };
}
