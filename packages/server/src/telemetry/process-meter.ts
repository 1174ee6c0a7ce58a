import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Lateness, ProcessMeter } from "@barrage/engine";

const US_PER_MS = 1_000;
const NS_PER_MS = 1e6;
/** Time between two timers of the event loop's watch, ms: finer costs CPU, and no window is that short. */
const WATCH_MS = 10;

/** This process's time, as Node measures it. */
export class NodeMeter implements ProcessMeter, Disposable {
  private readonly watch = monitorEventLoopDelay({ resolution: WATCH_MS });

  constructor() {
    this.watch.enable();
  }

  now(): number {
    return performance.now();
  }

  busyMs(): number {
    return performance.eventLoopUtilization().active;
  }

  cpuMs(): number {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / US_PER_MS;
  }

  lateness(): Lateness {
    const { count, mean } = this.watch;
    // The watch records the time from timer to timer: what is over its own period is lateness.
    return { timers: count, ms: count === 0 ? 0 : (mean / NS_PER_MS - WATCH_MS) * count };
  }

  [Symbol.dispose](): void {
    this.watch.disable();
  }
}
