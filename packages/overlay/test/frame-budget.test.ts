import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FrameBudget } from "../src/frames/frame-budget.ts";

/** Observes `count` frames of which the first `slow` are slow. */
function observe(budget: FrameBudget, count: number, slow: number, onScreen: number): void {
  for (let frame = 0; frame < count; frame += 1) budget.observe(frame < slow ? 41 : 16, 1, onScreen);
}

describe("FrameBudget", () => {
  it("[OV-23] lowers the limit at 6 slow frames in 30, not at 5, and more at 7 no further", () => {
    const limits = [5, 6, 7].map((slow) => {
      const budget = new FrameBudget();
      observe(budget, 30, slow, 100);
      return budget.limit;
    });
    assert.deepEqual(limits, [null, 70, 70]);
  });

  it("[OV-23] a frame is slow above 40 ms from the last, or above 8 ms of drawing; a rest is not", () => {
    const slow = [
      [40, 0],
      [40.1, 0],
      [16, 8],
      [16, 8.1],
      [null, 0],
    ].map(([delta, draw]) => {
      const budget = new FrameBudget();
      budget.observe(delta ?? null, draw ?? 0, 1);
      return budget.counts.slow;
    });
    assert.deepEqual(slow, [0, 1, 0, 1, 0]);
  });

  it("[OV-23] raises by 3/10 after 120 good frames, until the limit no longer limits", () => {
    const budget = new FrameBudget();
    observe(budget, 30, 30, 100);
    observe(budget, 119, 0, 70);
    assert.equal(budget.limit, 70);
    observe(budget, 1, 0, 70);
    assert.equal(budget.limit, 91);
    observe(budget, 120, 0, 91);
    observe(budget, 120, 0, 60);
    assert.equal(budget.limit, null);
    assert.deepEqual([budget.counts.lowered, budget.counts.drawn], [1, 390]);
  });

  it("[OV-23] never asks for fewer than 40", () => {
    const budget = new FrameBudget();
    for (let window = 0; window < 20; window += 1) observe(budget, 30, 30, 41);
    assert.equal(budget.limit, 40);
    const few = new FrameBudget();
    observe(few, 30, 30, 40);
    assert.equal(few.limit, null);
  });
});
