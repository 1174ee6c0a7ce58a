import { recordedArrivals, stagedArrivals } from "./arrivals.ts";
import type { Arrivals, Stage } from "./arrivals.ts";

/** Moments taken from a danmaku file. */
export interface Recording {
  /** Where they come from, for whoever reads the report. */
  readonly file: string;
  /** 2 is twice as fast as it was. */
  readonly speed: number;
  /** In any order; units: ms. */
  readonly timesMs: readonly number[];
}

/** When a plan's sends are due: at the recorded moments where there are such, by its stages otherwise. Errors: LOAD_BAD_PLAN. */
export const arrivalsOf = (plan: {
  readonly stages: readonly Stage[];
  readonly recording?: Recording;
}): Arrivals =>
  plan.recording === undefined
    ? stagedArrivals(plan.stages)
    : recordedArrivals(plan.recording.timesMs, plan.recording.speed);
