import type { Random } from "../random/random.ts";
import { bestFit } from "./fit-law.ts";
import type { Fit, FitForm } from "./fit-law.ts";
import type { ScalabilityLaw } from "./scalability-law.ts";

/** An estimate and the range that nine of ten repetitions of the measurement would be in. */
export interface Band {
  readonly low: number;
  readonly estimate: number;
  readonly high: number;
}

/** Repetitions drawn: the ends of a 90 % band move by less than its own width / 20 from here on. */
export const REPETITIONS = 400;
const [LOW, HIGH] = [0.05, 0.95];

/** Residuals as large as those of new points: a fit lies closer to its own points than to others. */
function inflated(residuals: readonly number[], parameters: number): readonly number[] {
  const count = residuals.length;
  const mean = residuals.reduce((sum, value) => sum + value, 0) / count;
  const factor = Math.sqrt(count / Math.max(1, count - parameters));
  return residuals.map((value) => (value - mean) * factor);
}

/** The laws that repeated measurements would have given: each point is the curve with another point's residual. */
export function repeatedLaws(form: FitForm, fit: Fit, random: Random): readonly ScalabilityLaw[] {
  const pool = inflated(
    fit.residuals.map(({ relative }) => relative),
    3,
  );
  const laws: ScalabilityLaw[] = [];
  for (let count = 0; count < REPETITIONS; count += 1) {
    const points = fit.residuals.map(({ load, fitted }) => ({
      load,
      value: fitted * Math.max(0.01, 1 + (pool[random.below(pool.length)] ?? 0)),
    }));
    const repeated = bestFit(form, points);
    if (repeated !== undefined) laws.push(repeated.law);
  }
  return laws;
}

/** The band of what `of` says of each law. */
export function bandOf(estimate: number, repeated: readonly number[]): Band {
  const sorted = repeated.filter(Number.isFinite).toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? estimate;
  return { low: Math.min(estimate, at(LOW)), estimate, high: Math.max(estimate, at(HIGH)) };
}

/** A straight line through points, by least squares. */
export interface Line {
  readonly intercept: number;
  readonly slope: number;
}

type Pair = readonly [x: number, y: number];

/** undefined for fewer than two different x. */
export function lineThrough(pairs: readonly Pair[]): Line | undefined {
  const count = pairs.length;
  const meanX = pairs.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = pairs.reduce((sum, [, y]) => sum + y, 0) / count;
  const spread = pairs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) return undefined;
  const slope = pairs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { slope, intercept: meanY - slope * meanX };
}

/** The band of a line's slope, by the residuals of its points. */
export function slopeBand(pairs: readonly Pair[], line: Line, random: Random): Band {
  const lineAt = (x: number): number => line.intercept + line.slope * x;
  const pool = inflated(
    pairs.map(([x, y]) => y - lineAt(x)),
    2,
  );
  const slopes = Array.from({ length: REPETITIONS }, () => {
    const drawn = pairs.map(([x]) => [x, lineAt(x) + (pool[random.below(pool.length)] ?? 0)] as const);
    return lineThrough(drawn)?.slope ?? line.slope;
  });
  return bandOf(line.slope, slopes);
}
