import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  busyPace,
  grownPace,
  heldLongEnough,
  initialPace,
  quietPace,
  shrunkPace,
} from "../../src/flow/scale-pace.ts";

const RANGE = { shortest: 100, longest: 400 };

describe("the pace of growing and shrinking", () => {
  it("is quiet long enough after the whole hold, counted from the first quiet moment", () => {
    const quiet = quietPace(quietPace(initialPace(RANGE), 10), 60);

    assert.equal(heldLongEnough(quiet, 109), false);
    assert.equal(heldLongEnough(quiet, 110), true);
    assert.equal(heldLongEnough(busyPace(quiet), 110), false);
  });

  it("doubles the hold for growth within the hold after a shrink, once in a rise, up to the longest", () => {
    const shrunk = shrunkPace(initialPace(RANGE), RANGE, 1_000);
    const regretted = grownPace(shrunk, RANGE, 1_100);
    const risen = grownPace(regretted, RANGE, 1_101);

    assert.equal(regretted.holdMs, 200);
    assert.equal(risen.holdMs, 200);
    assert.equal(grownPace(shrunk, RANGE, 1_101).holdMs, 100);
    const again = grownPace(shrunkPace(risen, RANGE, 2_000), RANGE, 2_001);
    assert.equal(grownPace(shrunkPace(again, RANGE, 3_000), RANGE, 3_001).holdMs, 400);
  });

  it("halves the hold for a shrink after one that nobody regretted, down to the shortest", () => {
    const long = { ...initialPace(RANGE), holdMs: 400 };
    const first = shrunkPace(long, RANGE, 1_000);

    assert.equal(first.holdMs, 400);
    assert.equal(shrunkPace(first, RANGE, 1_399).holdMs, 400);
    const second = shrunkPace(first, RANGE, 1_400);
    assert.equal(second.holdMs, 200);
    const third = shrunkPace(second, RANGE, 1_600);
    assert.equal(shrunkPace(third, RANGE, 1_700).holdMs, 100);
  });
});
