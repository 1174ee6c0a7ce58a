import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "@barrage/testkit";
import { decideScale, initialScale, type ScalePolicy, type ScaleState } from "../../src/pool/scale.ts";

const POLICY: ScalePolicy = { min: 1, max: 4, queue: 2, cpu: 0.8, growEveryMs: 50, idleMs: 1_000 };

/** A pool that does what is decided, on a clock of its own. */
class Run {
  readonly clock = new FakeClock();
  readonly log: string[] = [];
  state: ScaleState = initialScale(POLICY);
  workers: number;

  constructor(workers: number) {
    this.workers = workers;
  }

  async step(ms: number, queued: number, utilization: number): Promise<"grow" | "shrink" | "stay"> {
    await this.clock.advance(ms);
    const { action, state } = decideScale(POLICY, this.state, {
      now: this.clock.now(),
      workers: this.workers,
      queued,
      utilization,
    });
    this.state = state;
    this.workers += { grow: 1, shrink: -1, stay: 0 }[action];
    if (action !== "stay") this.log.push(`${action} at ${this.clock.now()}`);
    return action;
  }

  async quiet(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) await this.step(100, 0, 0);
  }
}

describe("decideScale", () => {
  const table = [
    { workers: 0, queued: 0, utilization: 0, action: "grow" },
    { workers: 1, queued: 0, utilization: 0, action: "stay" },
    { workers: 1, queued: 1, utilization: 0.5, action: "stay" },
    { workers: 1, queued: 2, utilization: 0.5, action: "stay" },
    { workers: 1, queued: 3, utilization: 0.5, action: "grow" },
    { workers: 1, queued: 0, utilization: 0.79, action: "stay" },
    { workers: 1, queued: 0, utilization: 0.8, action: "stay" },
    { workers: 1, queued: 0, utilization: 0.81, action: "grow" },
    { workers: 3, queued: 9, utilization: 1, action: "grow" },
    { workers: 4, queued: 9, utilization: 1, action: "stay" },
  ] as const;
  for (const { workers, queued, utilization, action } of table) {
    it(`[PL-10] says ${action} with ${workers} worker(s), ${queued} waiting, ${utilization} busy`, async () => {
      assert.equal(await new Run(workers).step(0, queued, utilization), action);
    });
  }

  it("[PL-10] adds the next worker only after the span between two", async () => {
    const run = new Run(1);

    for (let i = 0; i < 11; i++) await run.step(10, 9, 1);

    assert.deepEqual(run.log, ["grow at 10", "grow at 60", "grow at 110"]);
  });

  it("[PL-11] lets a worker go only after the whole span of too little to do, never below the minimum", async () => {
    const run = new Run(3);
    await run.quiet(5_000);

    assert.deepEqual(run.log, ["shrink at 1100", "shrink at 2100"]);
    assert.equal(run.workers, 1);
  });

  it("[PL-11] starts the span anew when there is work, and keeps what is between the two bounds", async () => {
    const run = new Run(2);
    await run.quiet(900);
    await run.step(100, 1, 0);
    await run.quiet(900);
    assert.equal(run.workers, 2);

    for (let i = 0; i < 50; i++) await run.step(100, 0, 0.4);
    assert.equal(run.workers, 2, "half of the bound is not quiet");

    for (let i = 0; i < 11; i++) await run.step(100, 0, 0.39);
    assert.equal(run.workers, 1);
  });

  it("[PL-12] doubles the span with every worker that had to come back, and halves it when none has to", async () => {
    const run = new Run(2);
    const holds: number[] = [];
    for (let i = 0; i < 3; i++) {
      while (run.workers > 1) await run.step(100, 0, 0);
      await run.step(100, 9, 1);
      holds.push(run.state.holdMs);
    }
    assert.deepEqual(holds, [2_000, 4_000, 8_000]);

    run.workers = 4;
    await run.quiet(40_000);
    assert.equal(run.workers, 1);
    assert.equal(run.state.holdMs, 2_000);
  });

  it("[PL-12] doubles it 6 times at most, and never holds growth back by it", async () => {
    const run = new Run(2);
    for (let i = 0; i < 8; i++) {
      while (run.workers > 1) await run.step(1_000, 0, 0);
      assert.equal(await run.step(50, 3, 0), "grow");
    }

    assert.equal(run.state.holdMs, 64_000);
  });
});
