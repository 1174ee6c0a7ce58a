import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { build } from "hdr-histogram-js";
import { Latencies } from "../src/index.ts";
import { RecentCounts } from "../src/measure/recent-counts.ts";

const ms = fc.double({ min: 0, max: 100_000, noNaN: true });
const PERCENTILES = [0.1, 1, 25, 50, 90, 99, 99.9, 100];

describe("latencies", () => {
  it("[LD-7] taken each second and merged are those recorded in one place", () => {
    fc.assert(
      fc.property(fc.array(fc.array(ms, { maxLength: 60 }), { minLength: 1, maxLength: 6 }), (seconds) => {
        const [whole, worker, merged] = [new Latencies(), new Latencies(), new Latencies()];
        for (const second of seconds) {
          for (const value of second) {
            whole.record(value);
            worker.record(value);
          }
          merged.merge(worker.take());
        }

        assert.equal(worker.count, 0);
        assert.deepEqual(merged.summary, whole.summary);
        for (const percent of PERCENTILES)
          assert.equal(merged.percentile(percent), whole.percentile(percent));
      }),
      { numRuns: 40 },
    );
  });

  it("[LD-7] have percentiles within 0.1 % or 1 us of the exact ones", () => {
    fc.assert(
      fc.property(fc.array(ms, { minLength: 1, maxLength: 200 }), (values) => {
        const latencies = new Latencies();
        for (const value of values) latencies.record(value);
        const sorted = values.toSorted((a, b) => a - b);

        for (const percent of [50, 90, 99, 100]) {
          const exact = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
          const error = Math.abs(latencies.percentile(percent) - exact);
          assert.ok(error <= Math.max(0.001, exact * 0.001), `${percent}: off by ${error} of ${exact}`);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("[LD-7] take nothing as an empty text, and empty text adds nothing", () => {
    const latencies = new Latencies();
    assert.equal(latencies.take(), "");
    latencies.merge("");

    assert.deepEqual([latencies.summary.count, latencies.summary.max, latencies.summary.mean], [0, 0, 0]);
    latencies.record(3, 4);
    const other = new Latencies();
    other.add(latencies);
    assert.deepEqual([other.count, Math.round(other.summary.p50)], [4, 3]);
  });
});

describe("recent counts", () => {
  const us = fc.oneof(fc.integer({ min: 0, max: 600_000_000 }), fc.integer({ min: 0, max: 5_000 }));

  for (const digits of [2, 3] as const) {
    it(`[LD-7] hand each value out as one of the same bucket of a histogram with ${digits} digits`, () => {
      const histogram = build({ numberOfSignificantValueDigits: digits, bitBucketSize: 64 });
      /** The end of the bucket that the histogram has the value in. */
      const highestLike = (value: number): number => {
        histogram.reset();
        histogram.recordValue(value);
        return histogram.getValueAtPercentile(100);
      };
      fc.assert(
        fc.property(us, (value) => {
          const counts = new RecentCounts(digits, 600_000_000);
          const out: number[][] = [];
          counts.count(value, 1);
          counts.count(value, 2);

          counts.take((...bucket) => out.push(bucket));
          counts.take(() => assert.fail("it was taken"));

          const [[low = -1, times] = []] = out;
          assert.deepEqual([out.length, times], [1, 3]);
          assert.equal(low <= value, true);
          assert.equal(highestLike(low), highestLike(value));
        }),
        { numRuns: 300 },
      );
    });
  }

  it("[LD-7] keep apart what the histogram does, from its first bucket to its last", () => {
    const counts = new RecentCounts(3, 600_000_000);
    const edges = [0, 1, 2_047, 2_048, 4_095, 4_096, 2 ** 29 - 1, 2 ** 29, 600_000_000];
    for (const edge of edges) counts.count(edge, 1);

    const lowest: number[] = [];
    counts.take((value) => lowest.push(value));

    assert.equal(lowest.length, edges.length);
    assert.deepEqual(lowest.slice(0, 4), [0, 1, 2_047, 2_048]);
    assert.equal(lowest[7], 2 ** 29);
  });
});
