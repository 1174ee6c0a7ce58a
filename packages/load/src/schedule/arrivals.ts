import { loadError } from "../errors.ts";

/** Sends per second over some time. Units: `seconds`; rates per second. */
export type Stage =
  | { readonly kind: "hold"; readonly rate: number; readonly seconds: number }
  | { readonly kind: "ramp"; readonly from: number; readonly to: number; readonly seconds: number }
  /** From `base` up to `peak` in the middle and back. */
  | { readonly kind: "spike"; readonly base: number; readonly peak: number; readonly seconds: number };

/** When each send is due, known before the first is made: nothing the server does moves them. */
export interface Arrivals {
  readonly total: number;
  readonly durationMs: number;
  /** ms after the start, of the send with this index from 0; never falls as the index grows. */
  dueAt(index: number): number;
}

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

function segmentsOf(stage: Stage): readonly Segment[] {
  const { seconds } = stage;
  switch (stage.kind) {
    case "hold":
      return [{ from: stage.rate, to: stage.rate, seconds }];
    case "ramp":
      return [{ from: stage.from, to: stage.to, seconds }];
    case "spike":
      return [
        { from: stage.base, to: stage.peak, seconds: seconds / 2 },
        { from: stage.peak, to: stage.base, seconds: seconds / 2 },
      ];
  }
}

interface Placed extends Segment {
  readonly startsAt: number;
  /** Sends due before it. */
  readonly before: number;
  readonly sends: number;
}

/**
 * The arrivals of stages one after the other. Send number n is due at the moment at which the rate's integral reaches n,
 * so a ramp has no steps and a change of stage loses none.
 *
 * Errors     LOAD_BAD_PLAN for no stage, a negative or infinite rate, a length not above 0.
 */
export function stagedArrivals(stages: readonly Stage[]): Arrivals {
  const placed: Placed[] = [];
  let [startsAt, before] = [0, 0];
  for (const segment of stages.flatMap(segmentsOf)) {
    const { from, to, seconds } = segment;
    if (!(from >= 0 && to >= 0 && seconds > 0 && Number.isFinite(from + to + seconds)))
      throw loadError("LOAD_BAD_PLAN", { what: "a stage has rates of 0 or more and a length above 0" });
    const sends = ((from + to) / 2) * seconds;
    placed.push({ ...segment, startsAt, before, sends });
    startsAt += seconds;
    before += sends;
  }
  if (placed.length === 0) throw loadError("LOAD_BAD_PLAN", { what: "there is no stage" });
  // A sum of binary fractions may end a hair below the whole number it stands for.
  const total = Math.floor(before + 1e-6);
  return { total, durationMs: startsAt * 1_000, dueAt: (index) => dueIn(placed, index) };
}

function dueIn(placed: readonly Placed[], index: number): number {
  let [low, high] = [0, placed.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((placed[middle]?.before ?? Infinity) <= index) low = middle;
    else high = middle - 1;
  }
  const segment = placed[low];
  if (segment === undefined) return 0;
  const { from, to, seconds, startsAt } = segment;
  const wanted = Math.min(index - segment.before, segment.sends);
  const slope = (to - from) / seconds;
  // The root of from*t + slope*t²/2 = wanted in the form that has no division by a small slope.
  const root = from + Math.sqrt(Math.max(0, from * from + 2 * slope * wanted));
  const into = root > 0 ? (2 * wanted) / root : 0;
  return (startsAt + Math.min(into, seconds)) * 1_000;
}

/**
 * Arrivals at recorded moments: a file's own times, divided by `speed`.
 *
 * Units      `timesMs` in any order; `speed` 2 is twice as fast.
 */
export function recordedArrivals(timesMs: readonly number[], speed = 1): Arrivals {
  if (!(speed > 0)) throw loadError("LOAD_BAD_PLAN", { what: "a speed is above 0" });
  const sorted = Float64Array.from(timesMs).toSorted();
  const first = sorted[0] ?? 0;
  const dueAt = (index: number): number => ((sorted[index] ?? first) - first) / speed;
  return { total: sorted.length, durationMs: dueAt(sorted.length - 1), dueAt };
}
