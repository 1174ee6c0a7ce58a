import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BACK_PARTS, beginStepping, nextStepping } from "../../src/capacity/stepping.ts";
import type {
  StepOutcome,
  Stepping,
  SteppingResult,
  SteppingShape,
  StepVerdict,
} from "../../src/capacity/stepping.ts";

const SHAPE: SteppingShape = { start: 100, growth: 1.6, max: 20_000 };

interface Walk {
  readonly result: SteppingResult;
  readonly phases: readonly string[];
  readonly tried: readonly StepOutcome[];
}

/** Steps through a server that answers so. */
function walk(answer: (load: number, times: number, phase: string) => StepVerdict, shape = SHAPE): Walk {
  const [phases, tried]: [string[], StepOutcome[]] = [[], []];
  let state: Stepping = beginStepping(shape);
  while (state.phase !== "done") {
    phases.push(state.phase);
    const outcomes: StepOutcome[] = [];
    for (const load of state.loads) {
      const times = tried.filter((each) => each.load === load).length;
      const outcome = { load, verdict: answer(load, times, state.phase) };
      outcomes.push(outcome);
      tried.push(outcome);
      if (outcome.verdict !== "under") break;
    }
    state = nextStepping(state, outcomes, shape);
  }
  return { result: state, phases, tried };
}

describe("stepping", () => {
  it("[LD-73] goes up until a limit, back and on in small steps, and holds what it found", () => {
    const { result, phases, tried } = walk((load) => (load <= 500 ? "under" : "over"));

    assert.deepEqual(phases, ["up", "back", "hold"]);
    assert.deepEqual(
      tried.map(({ load }) => load),
      [100, 160, 256, 410, 656, 472, 533, 472],
    );
    assert.deepEqual(result, { phase: "done", held: 472, over: 533, ceiling: "limit" });
  });

  it("[LD-73] finds the knee of any server within a step, and never holds more than it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 19_999 }),
        fc.double({ min: 1.2, max: 3, noNaN: true }),
        (knee, growth) => {
          const { result, tried } = walk((load) => (load <= knee ? "under" : "over"), { ...SHAPE, growth });

          const held = result.held ?? 0;
          const above = result.over ?? Infinity;
          assert.equal(held <= knee && knee < above, true, `${held} ${knee} ${above}`);
          const up = tried.slice(0, tried.findIndex(({ verdict }) => verdict === "over") + 1);
          const [below = { load: 0 }, over = { load: Infinity }] = [up.at(-2), up.at(-1)];
          // A quarter of the last step up, and one for rounding.
          assert.equal(above - held <= (over.load - below.load) / BACK_PARTS + 1, true);
        },
      ),
    );
  });

  it("[LD-73] says so when even the smallest part of the first load is too much", () => {
    const { result, phases } = walk(() => "over");

    assert.deepEqual(phases, ["up", "back"]);
    assert.deepEqual(result, { phase: "done", held: undefined, over: 25, ceiling: "limit" });
  });

  it("[LD-73] holds the largest load to be tried when no limit comes", () => {
    const { result } = walk(() => "under");

    assert.deepEqual(result, { phase: "done", held: 20_000, over: undefined, ceiling: "max" });
    assert.deepEqual(
      walk(() => "under", { ...SHAPE, max: 50 }).tried.map(({ load }) => load),
      [50, 50],
    );
  });

  it("[LD-73] falls back when a load does not last, at most three times", () => {
    const lasts = walk((load, _, phase) =>
      phase === "hold" ? (load <= 400 ? "under" : "over") : load <= 500 ? "under" : "over",
    );
    const never = walk((load, _, phase) => (phase === "hold" || load > 500 ? "over" : "under"));

    assert.deepEqual([lasts.result.held, lasts.result.over], [340, 401]);
    assert.deepEqual(never.result.held, undefined);
    assert.deepEqual(never.phases, ["up", "back", "hold", "hold", "hold", "hold"]);
  });

  it("[LD-74] tries a load that the generator could not make once more, and then goes no further up", () => {
    const once = walk((load, times) =>
      load === 410 && times === 0 ? "generator" : load <= 500 ? "under" : "over",
    );
    const always = walk((load) => (load >= 410 ? "generator" : "under"));

    assert.deepEqual(once.phases, ["up", "up", "back", "hold"]);
    assert.equal(once.result.held, 472);
    assert.deepEqual(always.phases, ["up", "up", "hold"]);
    assert.deepEqual(always.result, { phase: "done", held: 256, over: undefined, ceiling: "generator" });
    assert.equal(walk(() => "generator").result.held, undefined);
  });

  it("[LD-74] holds again when the generator could not keep up for the whole hold", () => {
    const { result, phases } = walk((load, times, phase) =>
      phase === "hold" && times < 2 ? "generator" : load <= 500 ? "under" : "over",
    );

    assert.deepEqual(phases, ["up", "back", "hold", "hold"]);
    assert.equal(result.held, 472);
  });
});
