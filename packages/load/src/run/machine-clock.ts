import type { Clock } from "@barrage/kernel";

const NS_PER_MS = 1e6;

/** What to add to `clock.now()` for the machine's monotonic clock, which every process of a machine shares; ms. */
export const machineOffsetMs = (clock: Clock): number =>
  Number(process.hrtime.bigint()) / NS_PER_MS - clock.now();
