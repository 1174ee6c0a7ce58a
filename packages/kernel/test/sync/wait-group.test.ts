import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { background, Channel, isCancelled, nextTurn, onTaskFailure, Scope, WaitGroup } from "@barrage/kernel";

describe("WaitGroup", () => {
  it("[KN-120] waits until all is done", async () => {
    const group = new WaitGroup();
    group.add(2);
    let ended = 0;
    const waits = [group.wait(), group.wait(background)].map((wait) => wait.then(() => (ended += 1)));

    group.done();
    await nextTurn();
    assert.deepEqual([ended, group.count], [0, 1]);
    group.done();

    await Promise.all(waits);
    assert.equal(ended, 2);
  });

  it("[KN-120] waits for nothing when nothing is under way", async () => {
    const group = new WaitGroup();
    const cancelled = background.cancellable();
    cancelled.cancel();

    await group.wait();

    await assert.rejects(group.wait(cancelled), isCancelled);
  });

  it("[KN-120] goes on for the others when one wait is cancelled", async () => {
    const group = new WaitGroup();
    group.add();
    const ctx = background.cancellable();
    const cancelled = assert.rejects(group.wait(ctx), isCancelled);
    const other = group.wait();

    ctx.cancel();
    await cancelled;
    group.done();

    await other;
    group.add();
    assert.equal(group.count, 1);
  });

  it("[KN-121] refuses more ends than beginnings", () => {
    const group = new WaitGroup({ name: "loads" });
    const misuse = { code: "KERNEL_WAIT_GROUP_NEGATIVE", message: "loads: more is done than was added" };

    assert.throws(() => group.done(), misuse);
    group.add(2);
    assert.throws(() => group.add(-3), misuse);

    group.add(-2);
    assert.equal(group.count, 0);
  });

  it("[KN-122] refuses a new round before the waits of the last one have returned, and takes it after", async () => {
    const group = new WaitGroup();
    group.add();
    const waiting = group.wait();
    group.done();

    assert.throws(() => group.add(), { code: "KERNEL_WAIT_GROUP_REUSED" });
    assert.throws(() => group.go(() => undefined), { code: "KERNEL_WAIT_GROUP_REUSED" });
    await waiting;

    group.add();
    const again = group.wait();
    group.done();
    await again;
  });

  it("[KN-122] may be used for round after round", async () => {
    const group = new WaitGroup();
    let ran = 0;
    for (let round = 0; round < 8; round++) {
      for (let i = 0; i < 16; i++) group.go(() => void (ran += 1));
      await group.wait();
      assert.equal(ran, (round + 1) * 16);
    }
  });

  it("[KN-123] counts a task to its end, however it ends", async () => {
    const failures: unknown[] = [];
    using _ = onTaskFailure(({ error }) => failures.push(error));
    const group = new WaitGroup();
    const bad = new Error("bad");
    group.go(() => nextTurn());
    group.go(() => Promise.reject(bad));
    const task = group.go((ctx) => new Channel().receive(ctx));

    assert.equal(group.count, 3);
    await nextTurn();
    task.cancel();
    await group.wait();

    assert.deepEqual(failures, [bad]);
  });

  it("[KN-123] counts down for a task that was cancelled before it ran", async () => {
    const group = new WaitGroup();
    const owner = new Scope(background, { limit: 1, queue: 5 });
    let ran = 0;
    group.go((ctx) => new Channel().receive(ctx), { scope: owner });
    group.go(() => void (ran += 1), { scope: owner });

    await owner[Symbol.asyncDispose]();
    await group.wait();

    assert.equal(ran, 0);
  });

  it("[KN-123] gives the failure to the scope and does not count what a scope refuses", async () => {
    const group = new WaitGroup();
    const owner = new Scope();
    const bad = new Error("bad");
    group.go(
      () => {
        throw bad;
      },
      { scope: owner },
    );

    await group.wait();
    await assert.rejects(owner.join(), bad);
    await owner[Symbol.asyncDispose]();
    assert.throws(() => group.go(() => undefined, { scope: owner }), { code: "KERNEL_SCOPE_CLOSED" });

    assert.equal(group.count, 0);
  });

  it("[KN-123] reports a done that somebody took from its task", async () => {
    const codes: unknown[] = [];
    using _ = onTaskFailure(({ error }) => codes.push((error as { code: string }).code));
    const group = new WaitGroup();
    const task = group.go(() => undefined);

    group.done();
    await task;
    await nextTurn();

    assert.deepEqual(codes, ["KERNEL_WAIT_GROUP_NEGATIVE"]);
  });

  it("[KN-120] returns every wait exactly at zero, under any order of ends and cancellations", async () => {
    const plan = fc.record({
      works: fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }),
      waits: fc.array(fc.nat(25), { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ works, waits }) => {
        const group = new WaitGroup();
        for (const steps of works) {
          group.go(async () => {
            for (let i = 0; i < steps; i++) await Promise.resolve();
          });
        }
        const outcomes = await Promise.all(
          waits.map(async (steps) => {
            const ctx = background.cancellable();
            const waiting = group.wait(ctx).then(
              () => group.count,
              (error: unknown) => isCancelled(error),
            );
            for (let i = 0; i < steps; i++) await Promise.resolve();
            ctx.cancel();
            return waiting;
          }),
        );
        await group.wait();
        assert.ok(outcomes.every((outcome) => outcome === 0 || outcome === true));
      }),
      { numRuns: 200 },
    );
  });

  it("[KN-100] refuses a number that is no count", () => {
    const group = new WaitGroup();

    for (const delta of [0.5, NaN]) {
      assert.throws(() => group.add(delta), { code: "KERNEL_INVALID_ARGUMENT" });
    }
  });
});
