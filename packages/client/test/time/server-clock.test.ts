import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ServerClock } from "../../src/time/server-clock.ts";

describe("ServerClock", () => {
  it("[SE-33] takes a hint until the first round trip", () => {
    const clock = new ServerClock();
    clock.hint(1_500, 1_000);
    clock.hint(9_000, 1_000);
    assert.equal(clock.offset, 500);

    clock.sample(1_300, 1_000, 20);
    assert.equal(clock.offset, 310);
  });

  it("[SE-31] [SE-33] believes the shortest round trip of the last eight", () => {
    const clock = new ServerClock();
    clock.sample(1_005, 1_000, 10);
    for (let i = 0; i < 7; i++) clock.sample(2_000, 1_000, 400);
    assert.equal(clock.offset, 10);

    clock.sample(2_000, 1_000, 400);
    assert.equal(clock.offset, 1_200);
    assert.equal(clock.rtt, 400);
  });
});
