import type { LoadReport } from "./load-report.ts";
import { betterOf, isShort, isTime, measuresOf } from "./measures.ts";

/** One measure of two reports. */
export interface Compared {
  readonly measure: string;
  /** undefined where the report has no such measure. */
  readonly a: number | undefined;
  readonly b: number | undefined;
  /** B / A; undefined where there is none. */
  readonly ratio: number | undefined;
  readonly change: "better" | "worse" | "";
}

/** What differs between the runs themselves: the path in the plan or the machine, and both values as JSON. */
export type Difference = readonly [path: string, a: string, b: string];

export interface Comparison {
  readonly rows: readonly Compared[];
  readonly differences: readonly Difference[];
}

/** A ratio that is no chance where nobody names another. */
export const RATIO_STANDARD = 1.2;
/** Latencies that differ by less are equal, ms: a generator's own scheduling moves them by that. */
const NOISE_MS = 0.5;
const DIFFERENCES_MAX = 20;

/**
 * Compares B with A: a measure is worse when it is worse by more than `limit` times.
 *
 * Units      latencies in ms.
 */
export function compareReports(a: LoadReport, b: LoadReport, limit: number = RATIO_STANDARD): Comparison {
  const [first, second] = [measuresOf(a), measuresOf(b)];
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])].filter(
    (name) => !isShort(name),
  );
  return {
    rows: names.map((name) => compared(name, first[name], second[name], limit)),
    differences: differencesOf(a, b),
  };
}

function compared(measure: string, a: number | undefined, b: number | undefined, limit: number): Compared {
  if (a === undefined || b === undefined) return { measure, a, b, ratio: undefined, change: "" };
  const ratio = a === 0 ? (b === 0 ? 1 : undefined) : b / a;
  const better = betterOf(measure);
  if (better === "none" || (isTime(measure) && Math.abs(b - a) < NOISE_MS))
    return { measure, a, b, ratio, change: "" };
  const [good, bad] = better === "less" ? [a, b] : [b, a];
  const change = bad > good * limit ? "worse" : good > bad * limit ? "better" : "";
  return { measure, a, b, ratio, change };
}

/** The plan and the machine as paths with values; the run's own name, which every run has another of, left out. */
function settingsOf({ plan, machine, workers }: LoadReport): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (path: string, value: unknown): void => {
    if (typeof value !== "object" || value === null) {
      found.set(path, JSON.stringify(value).replaceAll(plan.run, "*"));
      return;
    }
    for (const [key, each] of Object.entries(value)) walk(path === "" ? key : `${path}.${key}`, each);
  };
  walk("", { ...plan, run: "", workers, machine });
  return found;
}

function differencesOf(a: LoadReport, b: LoadReport): readonly Difference[] {
  const [first, second] = [settingsOf(a), settingsOf(b)];
  return [...new Set([...first.keys(), ...second.keys()])]
    .filter((path) => first.get(path) !== second.get(path))
    .slice(0, DIFFERENCES_MAX)
    .map((path) => [path, first.get(path) ?? "-", second.get(path) ?? "-"] as const);
}
