import { busyPace, grownPace, heldLongEnough, initialPace, quietPace, shrunkPace } from "@barrage/kernel";
import type { HoldRange, ScalePace } from "@barrage/kernel";

/** When a pool grows and shrinks. */
export interface ScalePolicy {
  readonly min: number;
  readonly max: number;
  /** More waiting jobs than this (a count) ask for a worker. */
  readonly queue: number;
  /** A mean utilisation above this (0 to 1) asks for a worker. */
  readonly cpu: number;
  /** Shortest span between two workers that are added, ms. */
  readonly growEveryMs: number;
  /** How long there has to be too little to do before a worker goes, ms; doubled by every oscillation. */
  readonly idleMs: number;
}

/** What the decision is made on. `workers` counts those that are starting too; `utilization` is their mean. */
export interface ScaleReading {
  readonly now: number;
  readonly workers: number;
  readonly queued: number;
  readonly utilization: number;
}

/** What the decision remembers. */
export type ScaleState = ScalePace;

export interface ScaleDecision {
  readonly action: "grow" | "shrink" | "stay";
  readonly state: ScaleState;
}

// Quiet is a utilisation below this share of the bound that asks for more (hysteresis). One worker fewer raises the
// mean by at most a half of itself or more only in pools of two; at a half, two such workers fit in one below the bound.
const QUIET_SHARE = 0.5;

// The longest hold, as a multiple of the first one. Six doublings: 5 s becomes some 5 minutes, about the time after
// which another spike is another event.
const LONGEST_HOLD = 64;

const holdRange = ({ idleMs }: ScalePolicy): HoldRange => ({
  shortest: idleMs,
  longest: idleMs * LONGEST_HOLD,
});

export function initialScale(policy: ScalePolicy): ScaleState {
  return initialPace(holdRange(policy));
}

/**
 * Does the pool take a worker more, or let one go? Growth is never held back by what was: work is waiting. A worker
 * that has to come back soon after one was let go doubles the time that the next one stays; a shrink that nobody
 * regretted halves it again.
 */
export function decideScale(policy: ScalePolicy, state: ScaleState, reading: ScaleReading): ScaleDecision {
  const { now, workers, queued, utilization } = reading;
  const grow = (): ScaleDecision => ({ action: "grow", state: grownPace(state, holdRange(policy), now) });
  if (workers < policy.min || (workers === 0 && queued > 0)) return grow();
  const wanted = queued > policy.queue || utilization > policy.cpu;
  if (wanted && workers < policy.max && now - state.grewAt >= policy.growEveryMs) return grow();
  if (queued > 0 || utilization >= policy.cpu * QUIET_SHARE)
    return { action: "stay", state: busyPace(state) };
  const quiet = quietPace(state, now);
  if (workers <= policy.min || !heldLongEnough(quiet, now)) return { action: "stay", state: quiet };
  return { action: "shrink", state: shrunkPace(quiet, holdRange(policy), now) };
}
