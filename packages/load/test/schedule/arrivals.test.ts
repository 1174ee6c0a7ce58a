import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { rootContext } from "@barrage/kernel";
import type { Clock } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { recordedArrivals, runArrivals, stagedArrivals } from "../../src/index.ts";
import type { Stage } from "../../src/index.ts";

const rate = fc.double({ min: 0, max: 500, noNaN: true });
const seconds = fc.double({ min: 0.1, max: 20, noNaN: true });
const stage: fc.Arbitrary<Stage> = fc.oneof(
  fc.record({ kind: fc.constant("hold" as const), rate, seconds }),
  fc.record({ kind: fc.constant("ramp" as const), from: rate, to: rate, seconds }),
  fc.record({ kind: fc.constant("spike" as const), base: rate, peak: rate, seconds }),
);

/** Sends due by a moment, integrated in small steps: slow and independent. */
function integrated(stages: readonly Stage[], untilMs: number): number {
  let [sum, at] = [0, 0];
  for (const stage of stages) {
    const steps = 2_000;
    const step = stage.seconds / steps;
    for (let index = 0; index < steps && at < untilMs / 1_000; index += 1, at += step) {
      const part = (index + 0.5) / steps;
      if (stage.kind === "hold") sum += stage.rate * step;
      else if (stage.kind === "ramp") sum += (stage.from + (stage.to - stage.from) * part) * step;
      else sum += (stage.base + (stage.peak - stage.base) * (1 - Math.abs(2 * part - 1))) * step;
    }
  }
  return sum;
}

describe("arrivals", () => {
  it("[LD-1] come when the integral of the rates reaches their number", () => {
    fc.assert(
      fc.property(fc.array(stage, { minLength: 1, maxLength: 5 }), (stages) => {
        const arrivals = stagedArrivals(stages);
        let last = 0;
        for (let index = 0; index < arrivals.total; index += 1) {
          const due = arrivals.dueAt(index);
          assert.ok(due >= last && due <= arrivals.durationMs + 1e-6);
          last = due;
        }
        const whole = integrated(stages, Infinity);
        assert.ok(Math.abs(arrivals.total - whole) <= 1 + whole * 1e-6);
        const middle = Math.floor(arrivals.total / 2);
        const byThen = integrated(stages, arrivals.dueAt(middle));
        // One step of the integration at the highest rate, and rounding.
        if (arrivals.total > 10) assert.ok(Math.abs(byThen - middle) <= 500 * 0.01 + 1);
      }),
      { numRuns: 50 },
    );
  });

  it("[LD-1] of a hold are evenly spaced, of a ramp denser and denser", () => {
    const hold = stagedArrivals([{ kind: "hold", rate: 100, seconds: 2 }]);
    const ramp = stagedArrivals([{ kind: "ramp", from: 0, to: 100, seconds: 2 }]);

    assert.deepEqual([hold.total, hold.durationMs, hold.dueAt(0), hold.dueAt(150)], [200, 2_000, 0, 1_500]);
    assert.equal(ramp.total, 100);
    // 25 = 25 t²
    assert.equal(Math.round(ramp.dueAt(25)), 1_000);
  });

  it("[LD-4] of no stage, a negative rate or no time are refused", () => {
    const bad: Stage[][] = [
      [],
      [{ kind: "hold", rate: -1, seconds: 1 }],
      [{ kind: "hold", rate: 1, seconds: 0 }],
      [{ kind: "ramp", from: 1, to: Infinity, seconds: 1 }],
    ];
    for (const stages of bad) assert.throws(() => stagedArrivals(stages), { code: "LOAD_BAD_PLAN" });
    assert.throws(() => recordedArrivals([1], 0), { code: "LOAD_BAD_PLAN" });
  });

  it("[LD-3] of a record keep its distances, divided by the speed", () => {
    const arrivals = recordedArrivals([5_000, 1_000, 2_000], 2);

    assert.deepEqual(
      [0, 1, 2].map((index) => arrivals.dueAt(index)),
      [0, 500, 2_000],
    );
    assert.deepEqual([arrivals.total, arrivals.durationMs], [3, 2_000]);
  });

  it("[LD-2] that are late are sent at once, in order, with the due times they had", async () => {
    const fake = new FakeClock();
    let stalledMs = 0;
    const clock: Clock = {
      now: () => fake.now() + stalledMs,
      wall: () => fake.wall(),
      setTimer: (ms, fn) => fake.setTimer(ms, fn),
      clearTimer: (handle) => fake.clearTimer(handle),
    };
    const sent: [index: number, late: number][] = [];
    const arrivals = stagedArrivals([{ kind: "hold", rate: 10, seconds: 1 }]);

    const running = runArrivals(
      arrivals,
      0,
      (index, dueAt) => {
        sent.push([index, clock.now() - dueAt]);
        // The generator itself stands still for a while, once.
        if (index === 2) stalledMs = 250;
      },
      rootContext({ clock }),
    );
    await fake.advance(2_000);
    await running;

    assert.deepEqual(sent, [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 150],
      [4, 50],
      [5, 0],
      [6, 0],
      [7, 0],
      [8, 0],
      [9, 0],
    ]);
  });
});
