import { build } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";

/** Percentiles of a run, ms. */
export interface LatencySummary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Latencies in a histogram of three significant digits. Units: ms in and out; longer than ten minutes counts as that. */
export class Latency {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_US,
    numberOfSignificantValueDigits: 3,
  });

  record(ms: number, times = 1): void {
    const us = Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1_000)));
    this.#histogram.recordValueWithCount(us, times);
  }

  get summary(): LatencySummary {
    const at = (percentile: number): number => this.#histogram.getValueAtPercentile(percentile) / 1_000;
    return {
      count: this.#histogram.totalCount,
      p50: at(50),
      p95: at(95),
      p99: at(99),
      max: this.#histogram.maxValue / 1_000,
    };
  }
}

const LONGEST_US = 600_000_000;
