/**
 * When whatever grows and shrinks with its load last did so, and how long it has to be quiet before it shrinks again.
 * What a spike took back is not let go again so soon: one more after a shrink that was regretted doubles the hold; a
 * shrink that nobody regretted halves it.
 *
 * Shape      a value; the functions beside it give the next one.
 * Units      moments in ms on one clock, spans in ms.
 */
export interface ScalePace {
  readonly grewAt: number;
  readonly shrankAt: number;
  /** Since when there has been too little to do; undefined while there is enough. */
  readonly quietSince: number | undefined;
  /** How long it has to stay quiet now. */
  readonly holdMs: number;
}

/** Bounds of the hold, ms. */
export interface HoldRange {
  readonly shortest: number;
  readonly longest: number;
}

export function initialPace({ shortest }: HoldRange): ScalePace {
  return { grewAt: -Infinity, shrankAt: -Infinity, quietSince: undefined, holdMs: shortest };
}

/** There is more to do than too little. */
export function busyPace(pace: ScalePace): ScalePace {
  return { ...pace, quietSince: undefined };
}

/** There is too little to do. */
export function quietPace(pace: ScalePace, now: number): ScalePace {
  return { ...pace, quietSince: pace.quietSince ?? now };
}

/** Has it been quiet for as long as it must be? */
export function heldLongEnough({ quietSince, holdMs }: ScalePace, now: number): boolean {
  return quietSince !== undefined && now - quietSince >= holdMs;
}

export function grownPace(pace: ScalePace, range: HoldRange, now: number): ScalePace {
  const regretted = now - pace.shrankAt <= pace.holdMs;
  const holdMs = regretted ? Math.min(range.longest, pace.holdMs * 2) : pace.holdMs;
  // The regret is counted once: the ones that follow in the same rise are no further oscillation.
  return { grewAt: now, shrankAt: -Infinity, quietSince: undefined, holdMs };
}

export function shrunkPace(pace: ScalePace, range: HoldRange, now: number): ScalePace {
  const calm = pace.shrankAt > -Infinity && now - pace.shrankAt >= pace.holdMs;
  const holdMs = calm ? Math.max(range.shortest, pace.holdMs / 2) : pace.holdMs;
  return { ...pace, shrankAt: now, quietSince: now, holdMs };
}
