import { leastSquares, normalEquations, solve } from "./least-squares.ts";
import { latencyAt, throughputAt } from "./scalability-law.ts";
import type { ScalabilityLaw } from "./scalability-law.ts";

/** One measured load and what came of it. */
export interface Point {
  readonly load: number;
  readonly value: number;
}

export interface Residual extends Point {
  readonly fitted: number;
  /** value / fitted - 1. */
  readonly relative: number;
}

/** A fitted law and how far it is to be believed. */
export interface Fit {
  readonly kind: "fit";
  readonly law: ScalabilityLaw;
  /** The load that is N = 1. */
  readonly unit: number;
  readonly residuals: readonly Residual[];
  /** Spread of the residuals, as a share of the value, by the degrees of freedom that are left. */
  readonly relativeError: number;
  /** Nothing is said of loads above. */
  readonly largestLoad: number;
}

/** Why there are no parameters. */
export interface NoFit {
  readonly kind: "no fit";
  readonly why: string;
}

/** What is fitted: throughput falls behind the load, latency grows with it; both by the same three parameters. */
export type FitForm = "throughput" | "latency";

/** Three parameters leave nothing to judge them by on three points. */
export const POINTS_MIN = 4;
/** Spread, as a share, above which parameters would be read out of noise. */
export const SPREAD_MAX = 0.15;
const PARAMETERS = 3;

const AT: Readonly<Record<FitForm, (n: number, law: ScalabilityLaw) => number>> = {
  throughput: throughputAt,
  latency: latencyAt,
};

/**
 * Fits the law by non-linear least squares of relative residuals.
 *
 * Shape      the linear form gives the start, Levenberg-Marquardt the rest; neither sigma nor kappa below 0.
 * Errors     none: too few or too scattered points are a `NoFit` that says so.
 */
export function fitLaw(form: FitForm, points: readonly Point[]): Fit | NoFit {
  const usable = points.filter(({ load, value }) => load > 0 && value > 0);
  const loads = new Set(usable.map(({ load }) => load));
  if (loads.size < POINTS_MIN)
    return noFit(
      `${loads.size} different loads were measured; ${PARAMETERS} parameters need at least ${POINTS_MIN}`,
    );
  const fit = bestFit(form, usable);
  if (fit === undefined) return noFit("the points do not determine the parameters");
  if (fit.relativeError > SPREAD_MAX)
    return noFit(
      `the points scatter by ${percent(fit.relativeError)} around the best curve; above ${percent(SPREAD_MAX)} its parameters mean nothing`,
    );
  return fit;
}

const noFit = (why: string): NoFit => ({ kind: "no fit", why });
const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** The best law that these points allow, however badly they fit; undefined when they determine none. */
export function bestFit(form: FitForm, points: readonly Point[]): Fit | undefined {
  const loads = points.map(({ load }) => load);
  const unit = Math.min(...loads);
  let best: { readonly law: ScalabilityLaw; readonly squares: number } | undefined;
  for (const free of FREE_SETS) {
    const law = fitFree(form, points, unit, free);
    if (law === undefined) continue;
    const squares = sumOfSquares(form, points, unit, law);
    // A smaller set wins a tie: what is not needed is not there.
    if (best === undefined || squares < best.squares * (1 - TIE)) best = { law, squares };
  }
  if (best === undefined) return undefined;
  const { law } = best;
  const residuals = points.map(({ load, value }) => {
    const fitted = AT[form](load / unit, law);
    return { load, value, fitted, relative: value / fitted - 1 };
  });
  const spread = residuals.reduce((sum, { relative }) => sum + relative ** 2, 0);
  const relativeError = Math.sqrt(spread / Math.max(1, points.length - PARAMETERS));
  return { kind: "fit", law, unit, residuals, relativeError, largestLoad: Math.max(...loads) };
}

/** Which terms are there beside the first: a term that would come out negative is left out instead. */
const FREE_SETS: readonly (readonly number[])[] = [[0], [0, 1], [0, 2], [0, 1, 2]];
const TIE = 1e-9;

/** The law is linear in these three after division: 1/X or R = a + b (N - 1) + c N (N - 1). */
const columnsAt = (n: number): readonly number[] => [1, n - 1, n * (n - 1)];

type Terms = readonly number[];

function lawOf(form: FitForm, terms: Terms, free: readonly number[]): ScalabilityLaw | undefined {
  const [a = 0, b = 0, c = 0] = [0, 1, 2].map((term) => {
    const at = free.indexOf(term);
    return at < 0 ? 0 : (terms[at] ?? 0);
  });
  if (!(a > 0 && b >= 0 && c >= 0)) return undefined;
  return { lambda: form === "throughput" ? 1 / a : a, sigma: b / a, kappa: c / a };
}

function fitFree(
  form: FitForm,
  points: readonly Point[],
  unit: number,
  free: readonly number[],
): ScalabilityLaw | undefined {
  const rows = points.map(({ load, value }) => {
    const n = load / unit;
    // Divided by what was measured, so that a small value counts as much as a large one.
    const weight = form === "throughput" ? value / n : 1 / value;
    return free.map((term) => (columnsAt(n)[term] ?? 0) * weight);
  });
  const start = leastSquares(
    rows,
    points.map(() => 1),
  );
  if (start === undefined) return undefined;
  // Times are linear in the terms: the start is the end.
  const terms = form === "latency" ? start : marquardt(rows, start);
  return lawOf(form, terms, free);
}

function sumOfSquares(form: FitForm, points: readonly Point[], unit: number, law: ScalabilityLaw): number {
  return points.reduce((sum, { load, value }) => sum + (AT[form](load / unit, law) / value - 1) ** 2, 0);
}

const ROUNDS = 60;
/** Relative gain below which another round is not worth it. */
const SETTLED = 1e-12;

/**
 * Levenberg-Marquardt for residuals 1 / (row . terms) - 1, which is fitted throughput by measured throughput less one.
 * A step that makes it worse is not taken and the next is shorter.
 */
function marquardt(rows: readonly (readonly number[])[], start: Terms): Terms {
  const nearness = (row: readonly number[], terms: Terms): number =>
    row.reduce((sum, cell, index) => sum + cell * (terms[index] ?? 0), 0);
  const squaresOf = (terms: Terms): number =>
    rows.reduce((sum, row) => {
      const near = nearness(row, terms);
      return near > 0 ? sum + (1 / near - 1) ** 2 : Infinity;
    }, 0);
  let [terms, squares, damping] = [start, squaresOf(start), 1e-3];
  for (let round = 0; round < ROUNDS; round += 1) {
    const residuals = rows.map((row) => 1 / nearness(row, terms) - 1);
    const jacobian = rows.map((row) => {
      const near = nearness(row, terms);
      return row.map((cell) => -cell / near ** 2);
    });
    const { matrix, right } = normalEquations(jacobian, residuals);
    const damped = matrix.map((line, i) => line.map((cell, j) => (i === j ? cell * (1 + damping) : cell)));
    const step = solve(damped, right);
    if (step === undefined) return terms;
    const tried = terms.map((term, index) => term - (step[index] ?? 0));
    const triedSquares = squaresOf(tried);
    if (!(triedSquares < squares)) {
      damping *= 10;
      continue;
    }
    const gain = squares - triedSquares;
    [terms, squares, damping] = [tried, triedSquares, damping / 10];
    if (gain <= squares * SETTLED) break;
  }
  return terms;
}
