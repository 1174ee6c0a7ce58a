import type { Clock } from "@barrage/kernel";

const NS_PER_MS = 1e6;

/** The clock that all workers of a run share, the controller's machine's, as one worker sees it. */
export interface RunClock {
  /** What to add to the worker's own clock for the run's; ms. */
  readonly offsetMs: number;
  /** How far off that may be at most, ms; 0 where both read the same clock. */
  readonly errorMs: number;
}

/** What to add to `clock.now()` for the machine's monotonic clock, which every process of a machine shares; ms. */
export const machineOffsetMs = (clock: Clock): number =>
  Number(process.hrtime.bigint()) / NS_PER_MS - clock.now();

/** The run's clock on the controller's own machine. */
export const sharedClock = (clock: Clock): RunClock => ({ offsetMs: machineOffsetMs(clock), errorMs: 0 });
