import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Latencies } from "../src/index.ts";

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
