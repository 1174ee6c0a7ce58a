import type { Measured } from "../trap.ts";

/** Millis between each gift and the next. */
function gaps(times: readonly number[]): number[] {
  const found: number[] = [];
  for (let at = 0; at < times.length; at++) {
    // @ts-expect-error -- the mistake
    found.push(times[at + 1] - times[at]!); // guilty
  }
  return found;
}

export async function run(): Promise<Measured> {
  const total = gaps([100, 130, 190]).reduce((sum, gap) => sum + gap, 0);
  return {
    what: "ms from the first gift to the last",
    meant: 90,
    got: String(total) === "NaN" ? "NaN" : total,
  };
}
