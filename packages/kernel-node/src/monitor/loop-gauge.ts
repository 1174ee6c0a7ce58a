import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** How busy and how late the event loop was since the last reading. */
export interface LoopReading {
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  /** Share of time the loop was not waiting, 0 to 1. */
  readonly utilisation: number;
}

// Resolution of Node's own sampling of the loop (ms): the error of a delay reading, and what each tick costs.
const RESOLUTION_MS = 10;

const NS_PER_MS = 1e6;

/** Reads Node's own gauges of the event loop; each reading starts them anew. */
export class LoopGauge {
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private before = performance.eventLoopUtilization();

  constructor() {
    this.delays.enable();
  }

  read(): LoopReading {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.before);
    this.before = now;
    const { delays } = this;
    const measured = delays.count > 0;
    // Node's histogram holds the whole interval between its ticks; what is beyond the resolution is delay.
    const late = (ns: number): number => (measured ? Math.max(0, ns / NS_PER_MS - RESOLUTION_MS) : 0);
    const reading = {
      delayP99Ms: late(delays.percentile(99)),
      delayMaxMs: late(delays.max),
      utilisation: utilization,
    };
    delays.reset();
    return reading;
  }

  stop(): void {
    this.delays.disable();
  }
}
