import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitCodeOf, judge, parseThreshold } from "../../src/index.ts";

const code = (text: string, value: number): number =>
  exitCodeOf(judge([parseThreshold(text)], { "delivery.p99": value }));

describe("thresholds", () => {
  it("[LD-14] hold on their side of the number", () => {
    assert.deepEqual(
      ["<", "<=", ">", ">="].map((sign) =>
        [49, 50, 51].map((value) => code(`delivery.p99 ${sign} 50`, value)),
      ),
      [
        [0, 1, 1],
        [0, 0, 1],
        [1, 1, 0],
        [1, 0, 0],
      ],
    );
  });

  it("[LD-14] fail where the run has no such measure", () => {
    assert.equal(exitCodeOf(judge([parseThreshold("constructor<=1")], {})), 1);
    assert.equal(exitCodeOf([]), 0);
  });

  it("[LD-14] are refused when they are none", () => {
    for (const text of ["", "p99", "p99=5", "p99<fast", "<5", "p99<-1", "p99<5 ms"])
      assert.throws(() => parseThreshold(text), { code: "LOAD_BAD_THRESHOLD" }, text);
  });
});
