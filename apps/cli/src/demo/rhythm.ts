import type { Random } from "./random.ts";

/** Danmaku per second at ebb and at flood, and the time from one flood to the next, ms. */
export const EBB_PER_SECOND = 1;
export const FLOOD_PER_SECOND = 5;
const TIDE_MS = 48_000;

/** Danmaku per second at a moment of the demo: a slow tide, so that the page shows both a quiet and a busy room. */
export function rateAt(elapsedMs: number): number {
  const height = (1 - Math.cos((2 * Math.PI * elapsedMs) / TIDE_MS)) / 2;
  return EBB_PER_SECOND + (FLOOD_PER_SECOND - EBB_PER_SECOND) * height ** 2;
}

/** Longest silence, ms: an exponential gap has no end of its own. */
const GAP_MAX_MS = 3_000;

/** Time until the next danmaku, ms: people are independent of each other, so gaps are exponential. */
export function gapMs(elapsedMs: number, random: Random): number {
  return Math.min(GAP_MAX_MS, (-Math.log(1 - random.unit()) * 1_000) / rateAt(elapsedMs));
}
