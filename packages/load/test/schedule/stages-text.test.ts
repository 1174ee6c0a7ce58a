import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseStages, secondsOf } from "../../src/index.ts";

describe("stages as text", () => {
  it("[LD-40] are ramps, holds and spikes, each from where the one before ended", () => {
    assert.deepEqual(parseStages("ramp 10s 0..500, hold 1m, spike 5s x3, ramp 500ms 0, hold 2h 7.5"), [
      { kind: "ramp", from: 0, to: 500, seconds: 10 },
      { kind: "hold", rate: 500, seconds: 60 },
      { kind: "spike", base: 500, peak: 1_500, seconds: 5 },
      { kind: "ramp", from: 500, to: 0, seconds: 0.5 },
      { kind: "hold", rate: 7.5, seconds: 7_200 },
    ]);
    assert.deepEqual(parseStages("spike 4 100..400"), [{ kind: "spike", base: 100, peak: 400, seconds: 4 }]);
  });

  it("[LD-40] are refused with the stage at fault", () => {
    for (const [text, at] of [
      ["", /stage 1 \(""\) begins with/],
      ["hold 10s", /stage 1 .* is the first/],
      ["hold 10s 5, jump 3s", /stage 2 \("jump 3s"\)/],
      ["hold 0s 5", /not 0s/],
      ["hold 10s 5 6", /one rate/],
      ["hold 5s 1, ramp 10s", /from a rate/],
      ["hold 5s 1, spike 10s 5", /up and back/],
      ["spike 10s x3", /is the first/],
      ["hold 10s -5", /one rate/],
    ] as const)
      assert.throws(() => parseStages(text), { code: "LOAD_BAD_STAGES", message: at }, text);
  });

  it("[LD-40] know milliseconds, seconds, minutes and hours; a bare number is seconds", () => {
    assert.deepEqual(["500ms", "20s", "1.5m", "1h", "3", " 4s "].map(secondsOf), [0.5, 20, 90, 3_600, 3, 4]);
    assert.deepEqual(
      ["", "0", "0s", "-1s", "s", "5d", "1e3", "5 s"].map(secondsOf),
      Array.from({ length: 8 }, () => undefined),
    );
  });
});
