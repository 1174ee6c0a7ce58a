import type { RunOptions } from "./resume-run.ts";

type Size = Omit<RunOptions, "seed" | "window">;

/** Small, so that many seeds are tried. */
export const PROPERTY: Size = { rooms: 2, viewers: 6, steps: 200, burst: 30 };

/** Viewers of the long run. */
const LONG_VIEWERS = 64;

/** Steps that bring the viewers more than a million danmaku together; as many times that as are asked for. */
export const long = (times: number): Size => ({
  rooms: 4,
  viewers: LONG_VIEWERS,
  steps: 8_700 * times,
  burst: 90,
});
