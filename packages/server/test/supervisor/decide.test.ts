import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { resolveConfig } from "@barrage/server";
import { decide, initialDecide } from "../../src/supervisor/decide.ts";
import type { Decision, DecidePolicy, DecideState, Reading } from "../../src/supervisor/decide.ts";
import { LoadWindow } from "../../src/supervisor/load-window.ts";

const DEFAULTS = resolveConfig().config.workers.scale;
const POLICY: DecidePolicy = { ...DEFAULTS, min: 1, max: 8 };

const calm = { queue: 5, longestQueue: 5, cpu: 0.5, coveredMs: DEFAULTS.windowMs };

function once(reading: Partial<Reading>, policy = POLICY): Decision {
  const workers = reading.workers ?? 4;
  const all: Reading = { ...calm, now: 1e6, workers, healthy: workers, ...reading };
  return decide(policy, initialDecide(policy), all).decision;
}

/** Workers that do what is decided, one look a second, under a load that answers how each of them goes. */
class Run {
  now = 0;
  workers: number;
  readonly steps: { readonly at: number; readonly change: number; readonly reason: string }[] = [];
  private state: DecideState;
  private readonly policy: DecidePolicy;
  private readonly window: LoadWindow;

  constructor(workers: number, policy: DecidePolicy) {
    this.workers = workers;
    this.policy = policy;
    this.state = initialDecide(policy);
    this.window = new LoadWindow(policy.windowMs, 0);
  }

  look(load: (workers: number, index: number) => { queue: number; cpu: number }, healthy = 1): Decision {
    this.now += 1_000;
    for (let index = 0; index < this.workers; index += 1)
      this.window.add(index, load(this.workers, index), this.now);
    const reading = {
      ...this.window.figures(this.now),
      now: this.now,
      workers: this.workers,
      healthy: Math.floor(this.workers * healthy),
    };
    const { decision, state } = decide(this.policy, this.state, reading);
    this.state = state;
    if (decision.change !== 0) {
      this.workers += decision.change;
      this.window.restart(this.now);
      this.steps.push({ at: this.now, change: decision.change, reason: decision.reason });
    }
    return decision;
  }
}

describe("decide", () => {
  const table: readonly (readonly [string, Partial<Reading>, number, string])[] = [
    ["an average queue at its mark", { queue: 8, longestQueue: 8 }, 0, "steady"],
    ["an average queue above it", { queue: 8.01, longestQueue: 9 }, 1, "queue"],
    ["an average CPU at its mark", { cpu: 0.8 }, 0, "steady"],
    ["an average CPU above it", { cpu: 0.801 }, 1, "cpu"],
    ["all but one of four healthy", { healthy: 3 }, 0, "steady"],
    ["7 of 10 healthy", { workers: 5, healthy: 3.5 }, 0, "steady"],
    ["two of four healthy", { healthy: 2 }, 2, "unhealthy"],
    ["two of four healthy and long queues", { healthy: 2, queue: 20 }, 2, "unhealthy"],
    ["too few", { workers: 0 }, 1, "below_min"],
    ["too many", { workers: 10 }, -2, "above_max"],
    ["long queues with the most there may be", { workers: 8, queue: 20 }, 0, "at_max"],
    ["few healthy with one less than the most", { workers: 7, healthy: 1 }, 1, "unhealthy"],
    ["long queues in a window that is not full", { queue: 20, coveredMs: 4_999 }, 0, "warming"],
  ];
  for (const [what, reading, change, reason] of table) {
    it(`[WK-30] ${what}: ${change}, for ${reason}`, () => {
      const decision = once(reading);

      assert.deepEqual([decision.change, decision.reason], [change, reason]);
    });
  }

  it("[WK-30] one less when every queue has been short for the whole hold, and the rest can carry it", () => {
    const run = new Run(3, POLICY);
    const quiet = (workers: number) => ({ queue: 2, cpu: 0.9 / workers });
    while (run.now < 30_000) assert.equal(run.look(quiet).change, 0);

    assert.deepEqual(run.look(quiet), { action: "shrink", change: -1, reason: "quiet" });
    // Two would become one with 90 % of a core: never.
    while (run.now < 600_000) run.look(quiet);
    assert.equal(run.workers, 2);
  });

  it("[WK-30] none less while one queue of all is above the low mark", () => {
    const run = new Run(3, POLICY);
    while (run.now < 300_000) run.look((_, index) => ({ queue: index === 0 ? 2.1 : 0, cpu: 0 }));

    assert.deepEqual(run.steps, []);
  });

  it("[WK-31] the wait between two steps up doubles while they do not help, up to sixteen times", () => {
    const run = new Run(1, { ...POLICY, max: 100 });
    while (run.now < 300_000) run.look(() => ({ queue: 0, cpu: 1 }));

    const waits = run.steps.slice(1).map(({ at }, index) => at - (run.steps[index]?.at ?? 0));
    assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 80_000, 80_000]);
  });

  it("[WK-31] the wait is short again once the load has been content for as long", () => {
    const run = new Run(1, { ...POLICY, max: 100 });
    while (run.steps.length < 4) run.look(() => ({ queue: 0, cpu: 1 }));
    const until = run.now + 60_000;
    while (run.now < until) run.look(() => ({ queue: 4, cpu: 0.5 }));
    while (run.steps.length < 6) run.look(() => ({ queue: 0, cpu: 1 }));

    assert.equal((run.steps[5]?.at ?? 0) - (run.steps[4]?.at ?? 0), 5_000);
  });

  it("[WK-32] a step down that is regretted doubles the hold before the next one", () => {
    // One worker's queue is long, two workers' are short: no number is right.
    const run = new Run(1, { ...POLICY, max: 2 });
    while (run.now < 3_600_000) run.look((workers) => ({ queue: workers === 1 ? 20 : 0, cpu: 0.1 }));

    const downs = run.steps.filter(({ change }) => change < 0).map(({ at }) => at);
    const spans = downs.slice(1).map((at, index) => at - (downs[index] ?? 0));
    for (const [index, span] of spans.entries())
      assert.ok(span > 1.7 * (spans[index - 1] ?? 0), String(spans));
    assert.ok(downs.length <= 7, `${downs.length} steps down in an hour`);
  });

  const policies = fc
    .record({ min: fc.integer({ min: 1, max: 6 }), more: fc.integer({ min: 0, max: 10 }) })
    .map(({ min, more }) => ({ ...POLICY, min, max: min + more }));

  it("[WK-33] the number never leaves its bounds, whatever is reported", () => {
    const loads = fc.array(
      fc.record({
        queue: fc.double({ min: 0, max: 50, noNaN: true }),
        cpu: fc.double({ min: 0, max: 2, noNaN: true }),
        healthy: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(policies, fc.integer({ min: 0, max: 20 }), loads, (policy, workers, all) => {
        const run = new Run(workers, policy);
        for (const { healthy, ...load } of all)
          for (let second = 0; second < 20; second += 1) {
            run.look(() => load, healthy);
            assert.ok(run.workers >= policy.min && run.workers <= policy.max);
          }
      }),
      { numRuns: 100 },
    );
  });

  it("[WK-33] a load that does not change is met without going back and forth", () => {
    // Work in cores, shared by all workers, with noise near every mark; the queue follows how full they are.
    const worlds = fc.record({
      policy: policies,
      first: fc.integer({ min: 1, max: 12 }),
      cores: fc.double({ min: 0.05, max: 8, noNaN: true }),
      wobble: fc.double({ min: 0, max: 0.08, noNaN: true }),
      seed: fc.nat(999),
    });
    fc.assert(
      fc.property(worlds, ({ policy, first, cores, wobble, seed }) => {
        let draw = seed;
        const run = new Run(first, policy);
        const load = (workers: number) => {
          draw = (draw * 37 + 11) % 1_000;
          const cpu = (cores / workers) * (1 + wobble * (draw / 500 - 1));
          return { cpu: Math.min(1, cpu), queue: cpu > 0.95 ? 20 : 1 };
        };
        while (run.now < 3_600_000) run.look(load);
        const turns = run.steps.filter(
          ({ change }, index) => index > 0 && change > 0 !== (run.steps[index - 1]?.change ?? 0) > 0,
        );
        assert.ok(turns.length <= 1, JSON.stringify(run.steps));
      }),
      { numRuns: 60 },
    );
  });
});
