import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StageClock } from "../src/stage/stage-clock.ts";

describe("StageClock", () => {
  it("[OV-16] never goes back, though frame times lie a little before the clock's", () => {
    const clock = new StageClock(100);
    assert.deepEqual(
      [110, 105, 110, 112].map((now) => clock.at(now)),
      [10, 10, 10, 12],
    );
  });

  it("[OV-16] counts no paused time and runs at its rate", () => {
    const clock = new StageClock(0);
    clock.setRate(2, 10);
    clock.setPaused(true, 20);
    clock.setPaused(false, 1_000);
    assert.equal(clock.at(1_005), 10 + 20 + 10);
  });
});
