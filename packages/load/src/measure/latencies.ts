import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import { RecentCounts } from "./recent-counts.ts";

/** Percentiles, ms. */
export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Longer latencies count as this one, us: ten minutes. */
const LONGEST_US = 600_000_000;

const fresh = (digits: 2 | 3): Histogram =>
  build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_US,
    numberOfSignificantValueDigits: digits,
  });

/**
 * Latencies in an HDR histogram of three significant digits, or of two.
 *
 * Units      ms in and out, kept in whole us, at least 1.
 * Bounds     an error of at most 0.1 % of the value (1 % with two digits) and 0.5 us; 300 kB each (40 kB), whatever
 *            the count. Only histograms of equal digits are added or merged.
 * Cost       `record` a few nanoseconds: what a generator near its limit does most.
 */
export class Latencies {
  readonly #settled: Histogram;
  readonly #recent: RecentCounts;

  constructor(digits: 2 | 3 = 3) {
    this.#settled = fresh(digits);
    this.#recent = new RecentCounts(digits, LONGEST_US);
  }

  record(ms: number, times = 1): void {
    this.#recent.count(Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1_000))), times);
  }

  /** The time from each of these moments to `at`. */
  recordSince(moments: readonly number[], at: number): void {
    for (const moment of moments) this.record(at - moment);
  }

  /** With everything that was recorded. */
  get #histogram(): Histogram {
    this.#recent.take((us, times) => this.#settled.recordValueWithCount(us, times));
    return this.#settled;
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  add(other: Latencies): void {
    this.#histogram.add(other.#histogram);
  }

  reset(): void {
    this.#histogram.reset();
  }

  /** Everything recorded, as text; empty when there was nothing. */
  get text(): string {
    return this.count === 0 ? "" : encodeIntoCompressedBase64(this.#histogram);
  }

  /** What was recorded since the last `take`, as text; empty when there was nothing. */
  take(): string {
    const { text } = this;
    if (text !== "") this.reset();
    return text;
  }

  /** Adds what another process took: bucket by bucket, so merging loses nothing. */
  merge(taken: string): void {
    if (taken !== "") this.#histogram.add(decodeFromCompressedBase64(taken, 64, false));
  }

  percentile(percent: number): number {
    return this.count === 0 ? 0 : this.#histogram.getValueAtPercentile(percent) / 1_000;
  }

  get summary(): LatencySummary {
    const { count } = this;
    const at = (percent: number): number => this.percentile(percent);
    return {
      count,
      mean: count === 0 ? 0 : this.#histogram.mean / 1_000,
      p50: at(50),
      p90: at(90),
      p95: at(95),
      p99: at(99),
      p999: at(99.9),
      // Not the library's own maximum: a merge knows only its bucket.
      max: at(100),
    };
  }
}
