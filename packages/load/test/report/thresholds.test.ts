import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitCodeOf, judge, parseThreshold, verdictLine } from "../../src/index.ts";

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

  it("[LD-14] do not hold where nothing of the kind was measured, and say so", () => {
    const verdicts = judge([parseThreshold("lost<=0"), parseThreshold("errors<5%")], { errors: 4.9 });

    assert.deepEqual(verdicts.map(verdictLine), [
      "FAIL lost <= 0: unknown, nothing of the kind was measured",
      "ok   errors < 5: 4.9",
    ]);
    assert.deepEqual([exitCodeOf(verdicts), exitCodeOf(verdicts.slice(1)), exitCodeOf([])], [1, 0, 0]);
    assert.equal("value" in (verdicts[0] ?? {}), false);
  });

  it("[LD-14] are refused when they are none", () => {
    for (const text of [
      "",
      "p99",
      "p99=5",
      "p99<fast",
      "<5",
      "p99<-1",
      "p99<5 ms",
      "p99<5%",
      "toString<1",
      "p98<5",
    ])
      assert.throws(() => parseThreshold(text), { code: "LOAD_BAD_THRESHOLD" }, text);
  });
});
