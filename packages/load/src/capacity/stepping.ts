/** What a step said of the server; `generator`: nothing, since the generator could not keep up. */
export type StepVerdict = "under" | "over" | "generator";

export interface StepOutcome {
  readonly load: number;
  readonly verdict: StepVerdict;
}

/** How loads are tried. Units: loads are danmaku per second, or viewers. */
export interface SteppingShape {
  readonly start: number;
  /** Above 1: each load is so many times the one before. */
  readonly growth: number;
  readonly max: number;
}

/** Why it went no further up. */
export type Ceiling = "limit" | "generator" | "max";

/** Loads to be run in this order, until one is not under the limits. */
export type Stepping =
  | {
      readonly phase: "up";
      readonly loads: readonly number[];
      readonly good: number;
      readonly retried: boolean;
    }
  | {
      readonly phase: "back";
      readonly loads: readonly number[];
      readonly good: number;
      readonly over: number;
    }
  | {
      readonly phase: "hold";
      readonly loads: readonly number[];
      readonly over: number | undefined;
      readonly ceiling: Ceiling;
      readonly drops: number;
      readonly retried: boolean;
    }
  | SteppingResult;

export interface SteppingResult {
  readonly phase: "done";
  /** The largest load that was held; undefined when none was. */
  readonly held: number | undefined;
  /** The smallest load above that crossed a limit; undefined when none did. */
  readonly over: number | undefined;
  readonly ceiling: Ceiling;
}

/** Parts that the stretch between the last load under the limits and the first over them is cut into. */
export const BACK_PARTS = 4;
/** Loads a hold may fall back by before there is no answer: more would be a search in noise. */
const DROPS_MAX = 3;

const ladder = ({ growth, max }: SteppingShape, from: number): readonly number[] => {
  const loads: number[] = [];
  for (let load = from; load < max; load = Math.ceil(load * growth)) loads.push(load);
  return [...loads, max];
};

export const beginStepping = (shape: SteppingShape): Stepping => ({
  phase: "up",
  loads: ladder(shape, Math.min(shape.start, shape.max)),
  good: 0,
  retried: false,
});

/**
 * What comes after the loads of `state` have had these outcomes: up until a limit, back to the last load under it and
 * on in small steps, then a long hold. Pure.
 *
 * Shape      `outcomes` are those of `state.loads` from the first on, ending with the first that was not under.
 */
export function nextStepping(
  state: Exclude<Stepping, SteppingResult>,
  outcomes: readonly StepOutcome[],
  shape: SteppingShape,
): Stepping {
  const last = outcomes.at(-1);
  switch (state.phase) {
    case "up":
      return afterUp(state, outcomes, shape);
    case "back": {
      const good = lastUnder(outcomes) ?? state.good;
      const over = last?.verdict === "over" ? last.load : state.over;
      return hold(good, over, "limit");
    }
    case "hold": {
      const [load = 0] = state.loads;
      if (last?.verdict === "under")
        return { phase: "done", held: load, over: state.over, ceiling: state.ceiling };
      if (last?.verdict !== "over" && !state.retried) return { ...state, retried: true };
      if (last?.verdict !== "over" || state.drops === DROPS_MAX)
        return { phase: "done", held: undefined, over: state.over, ceiling: state.ceiling };
      const lower = Math.floor(load * DROP);
      return hold(lower, load, "limit", state.drops + 1);
    }
  }
}

/** What is left of a load that was under the limits for a step but not for the whole hold. */
const DROP = 0.85;

const lastUnder = (outcomes: readonly StepOutcome[]): number | undefined =>
  outcomes.findLast(({ verdict }) => verdict === "under")?.load;

function afterUp(
  state: Extract<Stepping, { phase: "up" }>,
  outcomes: readonly StepOutcome[],
  shape: SteppingShape,
): Stepping {
  const last = outcomes.at(-1);
  const good = lastUnder(outcomes) ?? state.good;
  if (last?.verdict === "over") return back(good, last.load);
  if (last?.verdict === "generator" && !state.retried)
    return { phase: "up", loads: ladder(shape, last.load), good, retried: true };
  return hold(good, undefined, last?.verdict === "generator" ? "generator" : "max");
}

function back(good: number, over: number): Stepping {
  const parts = Array.from({ length: BACK_PARTS - 1 }, (_, index) =>
    Math.round(good + ((over - good) * (index + 1)) / BACK_PARTS),
  );
  const loads = [...new Set(parts)].filter((load) => load > good && load < over);
  return loads.length === 0 ? hold(good, over, "limit") : { phase: "back", loads, good, over };
}

/** Nothing to hold where no load was under the limits. */
const hold = (load: number, over: number | undefined, ceiling: Ceiling, drops = 0): Stepping =>
  load < 1
    ? { phase: "done", held: undefined, over, ceiling }
    : { phase: "hold", loads: [load], over, ceiling, drops, retried: false };
