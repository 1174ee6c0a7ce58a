import { performance } from "node:perf_hooks";
import type { ProcessMeter } from "@barrage/engine";

/** This process's time, as Node measures it. */
export const processMeter: ProcessMeter = {
  now: () => performance.now(),
  busyMs: () => performance.eventLoopUtilization().active,
};
