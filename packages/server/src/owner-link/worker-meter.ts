import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "@barrage/kernel";

/** Resolution of the event loop's watch, ms: finer costs CPU and shows nothing more. */
const LOOP_RESOLUTION_MS = 10;
/** Shorter spans measure the sampling itself, ms. */
const SPAN_MS = 500;
const [US_PER_MS, NS_PER_MS] = [1e3, 1e6];
const P99 = 99;

/** How busy this process is, over the span since it was looked at last. */
export class WorkerMeter implements Disposable {
  private readonly clock: Clock;
  private readonly loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  private seen: { readonly at: number; readonly cpuMs: number };
  private sampled = { cpuShare: 0, loopDelayMs: 0 };

  constructor(clock: Clock) {
    this.clock = clock;
    this.seen = { at: clock.now(), cpuMs: cpuMs() };
    this.loop.enable();
  }

  /** The newest span that was long enough. */
  sample(): { readonly cpuShare: number; readonly loopDelayMs: number } {
    const now = { at: this.clock.now(), cpuMs: cpuMs() };
    const spanMs = now.at - this.seen.at;
    if (spanMs < SPAN_MS) return this.sampled;
    // The watch records the time from tick to tick: what is over its own resolution is delay.
    const delay = this.loop.count === 0 ? 0 : this.loop.percentile(P99) / NS_PER_MS - LOOP_RESOLUTION_MS;
    this.sampled = {
      cpuShare: (now.cpuMs - this.seen.cpuMs) / spanMs,
      loopDelayMs: Math.max(0, delay),
    };
    this.loop.reset();
    this.seen = now;
    return this.sampled;
  }

  [Symbol.dispose](): void {
    this.loop.disable();
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / US_PER_MS;
}
