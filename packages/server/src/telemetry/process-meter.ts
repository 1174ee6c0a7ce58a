import { performance } from "node:perf_hooks";
import type { ProcessMeter } from "@barrage/engine";

const US_PER_MS = 1_000;

/** This process's time, as Node measures it. */
export const processMeter: ProcessMeter = {
  now: () => performance.now(),
  busyMs: () => performance.eventLoopUtilization().active,
  cpuMs() {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / US_PER_MS;
  },
};
