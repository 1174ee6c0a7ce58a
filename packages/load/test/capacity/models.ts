import { Latencies } from "../../src/index.ts";
import type { CapacityRig, CapacitySettings, StepMeasure } from "../../src/index.ts";

export const SETTINGS: CapacitySettings = {
  protocol: "barrage",
  host: "127.0.0.1",
  port: 8_080,
  grow: "rate",
  fixed: 100,
  shape: { start: 100, growth: 1.6, max: 20_000 },
  users: 100,
  warmUpSeconds: 1,
  stepSeconds: 5,
  holdSeconds: 20,
  probeConnections: 1_000,
  limits: { p99Ms: 250, cpu: 0.9, loopDelayMs: 100, errorShare: 0.01, leftOverShare: 0.05 },
  safety: 2,
  machine: { cores: 8, memoryBytes: 16 * 2 ** 30 },
  current: { flushMinMs: 25, outboundHighBytes: 262_144, outboundProcessBytes: 268_435_456 },
  seed: 1,
};

/** A summary of so many equal latencies. */
export function latency(ms: number, count = 1_000) {
  const latencies = new Latencies();
  if (count > 0) latencies.record(ms, count);
  return latencies.summary;
}

/** A step of a healthy server at 100 danmaku a second to 100 viewers. */
export const measure = (changes: Partial<StepMeasure> = {}): StepMeasure => ({
  load: 100,
  rate: 100,
  viewers: 100,
  seconds: 5,
  invalidSeconds: 0,
  sent: 100,
  acked: 100,
  delivered: 10_000,
  errors: {},
  errorShare: 0,
  delivery: latency(30),
  ack: latency(10),
  generator: { cpu: 0.2, loopDelayP99Ms: 2, loopDelayMaxMs: 4, sendLagMaxMs: 3 },
  server: { cpu: 0.3, residentBytes: 1e8, loopDelayP99Ms: 5, logQueue: 0 },
  ...changes,
});

interface ModelFaults {
  /** Loads from here on the generator cannot make. */
  readonly generatorMax?: number;
  /** What ends at the capacity is not the processor. */
  readonly isDiskFull?: boolean;
  /** Loads from here on lose a record. */
  readonly losesFrom?: number;
}

/** A server that takes `capacity` danmaku a second, whatever is sent. */
export class ModelRig implements CapacityRig {
  readonly capacity: number;
  readonly faults: ModelFaults;
  /** Readings of memory: 20 kB a connection on 90 MB. */
  memoryReadings = Array.from(
    { length: 20 },
    (_, index) => [index * 50, 90e6 + index * 50 * 20_000] as const,
  );

  constructor(capacity: number, faults: ModelFaults = {}) {
    this.capacity = capacity;
    this.faults = faults;
  }

  idle(): Promise<number | undefined> {
    return Promise.resolve(0.02);
  }

  memory(): Promise<readonly (readonly [number, number])[]> {
    return Promise.resolve(this.memoryReadings);
  }

  measure({ loads }: { readonly loads: readonly number[] }, onStep: (measure: StepMeasure) => boolean) {
    for (const load of loads) {
      if (!onStep(this.#at(load))) break;
    }
    return Promise.resolve(loads.some((load) => load >= (this.faults.losesFrom ?? Infinity)) ? 1 : 0);
  }

  #at(load: number): StepMeasure {
    const { generatorMax = Infinity, isDiskFull = false } = this.faults;
    const { capacity } = this;
    const done = Math.min(load, capacity);
    const busy = done / capacity;
    const waiting = load > capacity ? 2_000 : 10 + 5 / Math.max(0.05, 1 - busy);
    const isWeak = load >= generatorMax;
    return measure({
      load,
      rate: load,
      sent: load,
      acked: done,
      delivered: done * 100,
      delivery: latency(waiting + 15),
      ack: latency(waiting),
      invalidSeconds: isWeak ? 4 : 0,
      generator: { cpu: isWeak ? 0.99 : 0.4, loopDelayP99Ms: 3, loopDelayMaxMs: 9, sendLagMaxMs: 4 },
      server: {
        cpu: 0.1 + (isDiskFull ? 0.2 : 0.85) * busy,
        residentBytes: 1.2e8,
        loopDelayP99Ms: 5,
        logQueue: 0,
      },
    });
  }
}
