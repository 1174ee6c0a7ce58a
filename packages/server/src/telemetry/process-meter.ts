import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Lateness, ProcessMeter } from "@barrage/engine";

const US_PER_MS = 1_000;
const NS_PER_MS = 1e6;
/** Time between two timers of the event loop's watch, ms: finer costs CPU, and no window is that short. */
const WATCH_MS = 10;

/** This process's time, as Node measures it. Its one watch wakes an idle process: nobody else needs another. */
export class NodeMeter implements ProcessMeter, Disposable {
  private readonly watch = monitorEventLoopDelay({ resolution: WATCH_MS });
  /** What the watch had counted when it began anew. */
  private before: Lateness = { timers: 0, ms: 0 };

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
    const { timers, ms } = this.before;
    // The watch records the time from timer to timer: what is over its own period is lateness.
    return { timers: timers + count, ms: ms + (count === 0 ? 0 : (mean / NS_PER_MS - WATCH_MS) * count) };
  }

  /** Delay of the event loop since the last `beginDelays`, ms. `quantile`: 0 to 1, which is the longest delay. */
  delayMs(quantile: number): number {
    if (this.watch.count === 0) return 0;
    const ns = quantile === 1 ? this.watch.max : this.watch.percentile(quantile * 100);
    return Math.max(0, ns / NS_PER_MS - WATCH_MS);
  }

  beginDelays(): void {
    this.before = this.lateness();
    this.watch.reset();
  }

  [Symbol.dispose](): void {
    this.watch.disable();
  }
}
