import { loadError } from "../errors.ts";
import { MEASURES } from "./measures.ts";

type Sign = "<" | "<=" | ">" | ">=";

/** A bar that a run must stay on the right side of. */
export interface Threshold {
  readonly measure: string;
  readonly sign: Sign;
  readonly limit: number;
}

export interface Verdict extends Threshold {
  /** Absent when the run measured nothing of the kind: then nobody knows, and it does not hold. */
  readonly value?: number;
  readonly holds: boolean;
}

/** Reads `p99<50`, `lost<=0` or `errors<1%`. Units: latencies in ms, errors in percent. Errors: LOAD_BAD_THRESHOLD. */
export function parseThreshold(text: string): Threshold {
  const refuse = (what: string): Error => loadError("LOAD_BAD_THRESHOLD", { text, what });
  const found = /^([a-z][a-z0-9_.]*)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(%?)$/i.exec(text.trim());
  const [, measure, sign, limit, percent] = found ?? [];
  if (measure === undefined || sign === undefined || limit === undefined)
    throw refuse("write a measure, < or <= or > or >=, and a number, as in p99<50");
  if (!MEASURES.includes(measure))
    throw refuse(`there is no measure ${measure}, only ${MEASURES.join(", ")}`);
  if (percent === "%" && measure !== "errors") throw refuse("only errors is in percent");
  return { measure, sign: sign as Sign, limit: Number(limit) };
}

export function judge(
  thresholds: readonly Threshold[],
  measures: Readonly<Record<string, number>>,
): readonly Verdict[] {
  return thresholds.map((threshold) => {
    const value = Object.hasOwn(measures, threshold.measure) ? measures[threshold.measure] : undefined;
    if (value === undefined) return { ...threshold, holds: false };
    return { ...threshold, value, holds: compare(value, threshold) };
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
