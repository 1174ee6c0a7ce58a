import { loadError } from "../errors.ts";

type Sign = "<" | "<=" | ">" | ">=";

/** A bar that a run must stay on the right side of. */
export interface Threshold {
  readonly measure: string;
  readonly sign: Sign;
  readonly limit: number;
}

export interface Verdict extends Threshold {
  /** undefined when the run has no such measure: that is a failure too. */
  readonly value: number | undefined;
  readonly holds: boolean;
}

/** Reads `p99<50` or `missing<=0`. Units: latencies in ms. Errors: LOAD_BAD_THRESHOLD. */
export function parseThreshold(text: string): Threshold {
  const found = /^([a-z][a-z0-9_.]*)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)$/i.exec(text.trim());
  const [, measure, sign, limit] = found ?? [];
  if (measure === undefined || sign === undefined || limit === undefined)
    throw loadError("LOAD_BAD_THRESHOLD", { text });
  return { measure, sign: sign as Sign, limit: Number(limit) };
}

export function judge(
  thresholds: readonly Threshold[],
  measures: Readonly<Record<string, number>>,
): readonly Verdict[] {
  return thresholds.map((threshold) => {
    const value = Object.hasOwn(measures, threshold.measure) ? measures[threshold.measure] : undefined;
    return { ...threshold, value, holds: value !== undefined && compare(value, threshold) };
  });
}

function compare(value: number, { sign, limit }: Threshold): boolean {
  switch (sign) {
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
  }
}

/** 0 when every threshold holds, 1 otherwise. */
export const exitCodeOf = (verdicts: readonly Verdict[]): 0 | 1 =>
  verdicts.every(({ holds }) => holds) ? 0 : 1;
