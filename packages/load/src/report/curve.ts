import type { Latencies } from "../measure/latencies.ts";

/** Points of a cumulative distribution: percent, ms. */
export type Curve = readonly (readonly [percent: number, ms: number])[];

const WHOLE_PERCENTS = 99;
/** Points each time what is left of 100 % halves, as HDR histograms are drawn. */
const PER_HALVING = 5;
/** Where the tail of even the longest run ends: one in 17 million. */
const HALVINGS_MAX = 24;

/** Each whole percent, then ever finer steps as far as there are values; the last point is the largest value. */
export function curveOf(latencies: Latencies): Curve {
  const { count } = latencies;
  if (count === 0) return [];
  const lefts = Array.from({ length: WHOLE_PERCENTS + 1 }, (_, percent) => 100 - percent);
  for (let step = 1; step <= HALVINGS_MAX * PER_HALVING; step += 1)
    lefts.push((100 - WHOLE_PERCENTS) / 2 ** (step / PER_HALVING));
  const percents = lefts.filter((left) => (left / 100) * count >= 1).map((left) => 100 - left);
  return [...percents, 100].map((percent) => [percent, latencies.percentile(percent)] as const);
}
