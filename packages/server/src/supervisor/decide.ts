import { busyPace, grownPace, heldLongEnough, initialPace, quietPace, shrunkPace } from "@barrage/kernel";
import type { HoldRange, ScalePace } from "@barrage/kernel";
import type { ServerConfig } from "../config/schema.ts";
import type { WindowFigures } from "./load-window.ts";

/** When there is one worker more or less. */
export interface DecidePolicy extends Readonly<ServerConfig["workers"]["scale"]> {
  readonly min: number;
  readonly max: number;
}

/** What a decision is made on. */
export interface Reading extends WindowFigures {
  readonly now: number;
  /** Workers that there should be now. */
  readonly workers: number;
  /** Those of them that serve and have reported in time. */
  readonly healthy: number;
}

/** What decisions remember. */
export interface DecideState {
  readonly pace: ScalePace;
  /** Steps up in this rise of the load. */
  readonly rises: number;
  /** Since when no more workers were wanted; undefined while they are. */
  readonly contentSince: number | undefined;
}

/** Rows of the table, in the order in which they are asked. */
export type Reason =
  | "below_min"
  | "above_max"
  | "unhealthy"
  | "queue"
  | "cpu"
  | "quiet"
  | "steady"
  /** What a row wants is not done: the bound is reached, it is too soon, or the window does not tell enough yet. */
  | "at_max"
  | "at_min"
  | "waits"
  | "warming";

export interface Decision {
  readonly action: "grow" | "shrink" | "stay";
  /** By how many workers the number changes. */
  readonly change: number;
  readonly reason: Reason;
  /** What the last row that wanted something was, where it was not done. */
  readonly wanted?: Reason;
}

/** The longest waits, as multiples of the first: 5 s become 80 s, about as long as a worker's start ever takes to help. */
const LONGEST_GROW_WAIT = 16;
/** As in every pool here: six doublings. */
const LONGEST_HOLD = 64;

const holdRange = ({ holdMs }: DecidePolicy): HoldRange => ({
  shortest: holdMs,
  longest: holdMs * LONGEST_HOLD,
});

export const initialDecide = (policy: DecidePolicy): DecideState => ({
  pace: initialPace(holdRange(policy)),
  rises: 0,
  contentSince: undefined,
});

/** Least time from the last step up to the next one, ms. */
const growWaitMs = (policy: DecidePolicy, { rises }: DecideState): number =>
  policy.growWaitMs * Math.min(LONGEST_GROW_WAIT, 2 ** Math.max(0, rises - 1));

/** The row that wants more workers, and how many. */
function wantsMore(policy: DecidePolicy, reading: Reading): readonly [Reason, number] | undefined {
  const { healthy, workers, queue, cpu } = reading;
  if (healthy < workers * policy.healthyShare) return ["unhealthy", 2];
  if (queue > policy.queueHigh) return ["queue", 1];
  if (cpu > policy.cpuHigh) return ["cpu", 1];
  return undefined;
}

/** Would one worker less do? The others must be able to take over its load and stay under the low mark (hysteresis). */
function wantsLess({ queueLow, cpuLow }: DecidePolicy, { longestQueue, cpu, workers }: Reading): boolean {
  return workers > 1 && longestQueue <= queueLow && (cpu * workers) / (workers - 1) <= cpuLow;
}

/**
 * How many workers there should be: a table, asked from the top.
 *
 * | row         | when                                                               | change |
 * | ----------- | ------------------------------------------------------------------ | ------ |
 * | `below_min` | fewer than the least                                               | up     |
 * | `above_max` | more than the most                                                 | down   |
 * | `unhealthy` | under `healthyShare` of them are healthy                           | +2     |
 * | `queue`     | average queue above `queueHigh`                                    | +1     |
 * | `cpu`       | average CPU above `cpuHigh`                                        | +1     |
 * | `quiet`     | every queue at most `queueLow`, CPU would stay at most `cpuLow`    | -1     |
 * | `steady`    | otherwise                                                          | 0      |
 *
 * Bounds     never outside `min` to `max`. Up: not before the window is full, nor before `growWaitMs` after the last
 *            step up, doubled by each step that follows while more are wanted. Down: not before `holdMs` of quiet,
 *            doubled by each step down that was regretted.
 */
export function decide(
  policy: DecidePolicy,
  state: DecideState,
  reading: Reading,
): { readonly decision: Decision; readonly state: DecideState } {
  const { now, workers, coveredMs } = reading;
  if (workers < policy.min) return grown(policy, state, reading, ["below_min", policy.min - workers]);
  if (workers > policy.max) return shrunk(policy, state, now, ["above_max", workers - policy.max]);
  const more = wantsMore(policy, reading);
  if (more !== undefined) {
    const busy = { ...state, pace: busyPace(state.pace), contentSince: undefined };
    const [wanted] = more;
    if (workers >= policy.max) return stay(busy, "at_max", wanted);
    if (coveredMs < policy.windowMs) return stay(busy, "warming", wanted);
    if (now - state.pace.grewAt < growWaitMs(policy, state)) return stay(busy, "waits", wanted);
    return grown(policy, busy, reading, more);
  }
  const content = contented(policy, state, now);
  if (!wantsLess(policy, reading)) return stay({ ...content, pace: busyPace(state.pace) }, "steady");
  const quiet = { ...content, pace: quietPace(state.pace, now) };
  if (workers <= policy.min) return stay(quiet, "at_min", "quiet");
  if (coveredMs < policy.windowMs) return stay(quiet, "warming", "quiet");
  if (!heldLongEnough(quiet.pace, now)) return stay(quiet, "waits", "quiet");
  return shrunk(policy, quiet, now, ["quiet", 1]);
}

const stay = (state: DecideState, reason: Reason, wanted?: Reason) => ({
  decision: { action: "stay", change: 0, reason, ...(wanted === undefined ? {} : { wanted }) } as const,
  state,
});

/** After as long without a wish for more as the next step would have had to wait, the rise is over. */
function contented(policy: DecidePolicy, state: DecideState, now: number): DecideState {
  const contentSince = state.contentSince ?? now;
  const isOver = now - contentSince >= growWaitMs(policy, state);
  return { ...state, contentSince, rises: isOver ? 0 : state.rises };
}

function grown(
  policy: DecidePolicy,
  state: DecideState,
  { now, workers }: Reading,
  [reason, by]: readonly [Reason, number],
) {
  const change = Math.min(by, policy.max - workers);
  return {
    decision: { action: "grow", change, reason } as const,
    state: {
      pace: grownPace(state.pace, holdRange(policy), now),
      rises: state.rises + 1,
      contentSince: undefined,
    },
  };
}

function shrunk(
  policy: DecidePolicy,
  state: DecideState,
  now: number,
  [reason, by]: readonly [Reason, number],
) {
  const decision = { action: "shrink", change: -by, reason } as const;
  return { decision, state: { ...state, pace: shrunkPace(state.pace, holdRange(policy), now) } };
}
