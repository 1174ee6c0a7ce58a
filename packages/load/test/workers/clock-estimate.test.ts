import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ClockEstimate } from "../../src/index.ts";
import { MAX_DRIFT } from "../../src/workers/clock-estimate.ts";

/** One question: how long after the one before, and how long question and answer were on their way. Units: ms. */
const question = fc.record({
  after: fc.double({ min: 0, max: 5_000, noNaN: true }),
  there: fc.double({ min: 0, max: 40, noNaN: true }),
  back: fc.double({ min: 0, max: 40, noNaN: true }),
});

describe("the clock of another machine", () => {
  it("[LD-28] is known to within the bound that is told, whatever the way there and back, while it drifts", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: -MAX_DRIFT / 2, max: MAX_DRIFT / 2, noNaN: true }),
        fc.array(question, { minLength: 1, maxLength: 60 }),
        (offset, drift, questions) => {
          let now = 1_000;
          const theirs = (own: number): number => own + offset + own * drift;
          const estimate = new ClockEstimate(() => now);
          for (const { after, there, back } of questions) {
            const asked = now + after;
            now = asked + there + back;
            estimate.add({ asked, theirs: theirs(asked + there), answered: now });

            const off = Math.abs(estimate.offsetMs - (theirs(now) - now));
            assert.ok(off <= estimate.errorMs + 1e-6, `off by ${off}, told ${estimate.errorMs}`);
          }
          assert.equal(estimate.jumps, 0);
        },
      ),
    );
  });

  it("[LD-28] does not jump by a rounded sum", () => {
    let now = 1_000;
    const offset = 1621.265151387391;
    const estimate = new ClockEstimate(() => now);
    estimate.add({ asked: now, theirs: now + offset, answered: now + 5.684341886080803e-14 });
    now += 5.684341886080803e-14;
    estimate.add({ asked: now, theirs: now + offset, answered: now });
    estimate.add({ asked: now, theirs: 1_000 + offset + 2 ** -42, answered: now });

    assert.equal(estimate.jumps, 0);
  });

  it("[LD-28] is known as well as the quickest answer tells, and less well the longer nobody asks", () => {
    let now = 0;
    const estimate = new ClockEstimate(() => now);
    for (const trip of [20, 1, 30]) {
      estimate.add({ asked: now, theirs: now + trip / 2 + 500, answered: now + trip });
      now += trip;
    }

    assert.ok(Math.abs(estimate.offsetMs - 500) < 0.1 && estimate.errorMs < 0.6, `${estimate.errorMs}`);
    const before = estimate.errorMs;
    now += 60_000;
    assert.ok(Math.abs(estimate.errorMs - before - 60_000 * MAX_DRIFT) < 1e-6);
  });

  it("[LD-28] that jumped is known anew by the next answer", () => {
    let now = 0;
    const estimate = new ClockEstimate(() => now);
    estimate.add({ asked: 0, theirs: 100, answered: 2 });
    now = 1_000;
    estimate.add({ asked: 998, theirs: 5_999, answered: 1_000 });

    assert.equal(estimate.jumps, 1);
    assert.ok(Math.abs(estimate.offsetMs - 5_000) <= estimate.errorMs);
  });
});
