import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, type Context, liveTasks, nextTurn, rootContext, Scope, sleep } from "@barrage/kernel";
import { Pool, type PoolOptions } from "@barrage/kernel-node";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";
import { FakeClock } from "@barrage/testkit";

/** A pool of places in this thread whose jobs take as many ms as they say. */
function pool(options: Partial<PoolOptions<number>> = {}): { pool: Pool<number, number>; clock: FakeClock } {
  const clock = new FakeClock();
  const context = rootContext({ clock });
  const body = async (ms: number, ctx: Context): Promise<number> => {
    if (ms < 0) throw new RangeError("no such span");
    await sleep(ms, ctx);
    return ms;
  };
  return { pool: new Pool(body, { name: "test", min: 1, max: 1, context, ...options }), clock };
}

async function ended(clock: FakeClock, subject: AsyncDisposable): Promise<void> {
  const end = subject[Symbol.asyncDispose]();
  await clock.advance(60_000);
  await end;
}

describe("Pool of functions", () => {
  it("[PL-1] gives each caller its own job's answer or failure, in the order the jobs came", async () => {
    await assertNoLeaks(async () => {
      const { pool: subject, clock } = pool();
      const answers: unknown[] = [];
      const jobs = [30, -1, 10].map((ms) =>
        subject.run(ms).then(
          (value) => answers.push(value),
          (error: unknown) => answers.push(error instanceof RangeError),
        ),
      );
      await clock.advance(100);
      await Promise.all(jobs);

      assert.deepEqual(answers, [30, true, 10]);
      await ended(clock, subject);
    });
  });

  it("[PL-18] shows what each caller waits for, queued or begun, and who waits for the end", async () => {
    const { pool: subject, clock } = pool({ name: "decoder" });
    // A job's waits are on its caller's clock.
    await using s = new Scope(rootContext({ clock }));
    const callers = [
      s.spawn((ctx) => subject.run(10, ctx), { name: "first" }),
      s.spawn((ctx) => subject.run(10, ctx.cancellable()), { name: "queued" }),
      s.spawn(() => subject.run(10), { name: "without context" }),
    ];
    await nextTurn();
    callers.push(s.spawn(() => subject[Symbol.asyncDispose]().then(() => 0), { name: "ending" }));
    const ids = new Set(callers.map(({ id }) => id));

    await nextTurn();
    const waiting = liveTasks()
      .filter(({ id }) => ids.has(id))
      .map(({ waiting: what }) => what);

    await clock.advance(60_000);
    await Promise.all(callers);
    assert.deepEqual(waiting, ["sleep 10 ms", "job of decoder", "job of decoder", "end of decoder"]);
  });

  it("[PL-6] takes as many waiting jobs as its limit and refuses the next with KERNEL_POOL_FULL", async () => {
    const { pool: subject, clock } = pool({ queueLimit: 2 });
    const taken = [10, 10, 10].map((ms) => subject.run(ms));

    await assert.rejects(subject.run(10), { code: "KERNEL_POOL_FULL", message: /2 job/ });
    assert.equal(subject.stats.refused, 1);
    await clock.advance(10);
    const late = subject.run(10);
    await clock.advance(100);
    assert.deepEqual(await Promise.all([...taken, late]), [10, 10, 10, 10]);
    await ended(clock, subject);
  });

  it("[PL-7] ends a waiting job's wait at its cancellation and never starts it", async () => {
    const { pool: subject, clock } = pool();
    const begun: number[] = [];
    const own = new Pool<number, void>((job) => void begun.push(job), { min: 1, max: 1 });
    using ctx = rootContext({ clock }).cancellable();
    const first = subject.run(10);
    const waiting = assert.rejects(subject.run(20, ctx), { code: "KERNEL_CANCELLED" });
    ctx.cancel();
    await waiting;

    assert.equal(subject.stats.queued, 0);
    await assert.rejects(own.run(1, ctx), { code: "KERNEL_CANCELLED" });
    assert.deepEqual(begun, []);
    await clock.advance(10);
    assert.equal(await first, 10);
    await ended(clock, subject);
    await own[Symbol.asyncDispose]();
  });

  it("[PL-7] cancels a running job's own context, with the caller's cause", async () => {
    const causes: unknown[] = [];
    const subject = new Pool<number, void>(
      (_, ctx) => new Promise((resolve) => ctx.onCancel((cause) => (causes.push(cause), resolve()))),
      { min: 1, max: 1 },
    );
    using ctx = background.cancellable();
    const job = assert.rejects(subject.run(1, ctx), { code: "KERNEL_CANCELLED" });
    await nextTurn();
    ctx.cancel("enough");
    await job;

    assert.deepEqual(causes, ["enough"]);
    await subject[Symbol.asyncDispose]();
  });

  it("[PL-8] finishes what it has taken, refuses the rest, and leaves no task or timer", async () => {
    await assertNoLeaks(async () => {
      const { pool: subject, clock } = pool();
      const taken = [10, 20].map((ms) => subject.run(ms));
      const end = subject[Symbol.asyncDispose]();
      await assert.rejects(subject.run(1), { code: "KERNEL_POOL_CLOSED" });
      await clock.advance(30);
      await end;

      assert.deepEqual(await Promise.all(taken), [10, 20]);
      assert.equal(clock.pendingTimers, 0);
      assert.equal(subject.stats.workers, 0);
    });
  });

  it("[PL-9] rejects all its jobs when its own context is cancelled", async () => {
    using context = rootContext({ clock: new FakeClock() }).cancellable();
    const { pool: subject } = pool({ context });
    const jobs = [10, 20].map((ms) => assert.rejects(subject.run(ms), { code: "KERNEL_CANCELLED" }));
    await nextTurn();
    context.cancel();
    await Promise.all(jobs);
    await subject[Symbol.asyncDispose]();

    assert.deepEqual([subject.stats.running, subject.stats.queued], [0, 0]);
  });

  it("[PL-10] grows in less than 100 ms when more than the bound wait, to its maximum", async () => {
    const { pool: subject, clock } = pool({ max: 3, scale: { queue: 1 } });
    const jobs = Array.from({ length: 9 }, () => subject.run(500));
    assert.equal(subject.stats.workers, 2);
    await clock.advance(100);
    assert.equal(subject.stats.workers, 3);

    await ended(clock, subject);
    await Promise.all(jobs);
  });

  it("[PL-11] shrinks to its minimum when there is nothing to do", async () => {
    const { pool: subject, clock } = pool({ max: 3, scale: { queue: 0, idleMs: 1_000 } });
    const jobs = [1, 2, 3, 4].map(() => subject.run(200));
    await clock.advance(400);
    await Promise.all(jobs);
    assert.equal(subject.stats.workers, 3);

    await clock.advance(2_500);
    assert.equal(subject.stats.workers, 1);
    await ended(clock, subject);
  });

  const wrong = [
    { min: -1 },
    { max: 0 },
    { min: 2, max: 1 },
    { queueLimit: -1 },
    { depth: 0 },
    { retry: -1 },
  ];
  for (const options of [...wrong, { min: 0, queueLimit: 0 }, { scale: { cpu: 0 } }]) {
    it(`[PL-2] refuses the options ${JSON.stringify(options)}`, () => {
      assert.throws(() => new Pool(() => 1, { min: 1, max: 1, ...options }), {
        code: "KERNEL_INVALID_ARGUMENT",
      });
    });
  }

  for (const health of [() => NaN, () => -1, () => assert.fail("not today")]) {
    it(`[PL-15] does every job though the health function is ${String(health)}`, async () => {
      await using subject = new Pool((job: number) => job, { min: 2, max: 2, health });

      assert.deepEqual(await Promise.all([1, 2, 3].map((job) => subject.run(job))), [1, 2, 3]);
    });
  }

  it("[PL-16] gives a worker the share that the health function says", async () => {
    const turns: number[] = [];
    const before = new Map<number, number>();
    await using subject = new Pool(() => undefined, {
      min: 2,
      max: 2,
      health: ({ id }) => (id === 1 ? 3 : 1),
    });
    for (let i = 0; i < 8; i++) {
      await subject.run(i);
      for (const { id, done } of subject.stats.health) {
        if (done > (before.get(id) ?? 0)) turns.push(id);
        before.set(id, done);
      }
    }

    assert.deepEqual(turns, [1, 1, 2, 1, 1, 1, 2, 1]);
  });

  it("[PL-2] starts its first worker with the first job when the minimum is 0", async () => {
    const { pool: subject, clock } = pool({ min: 0 });
    assert.equal(subject.stats.workers, 0);
    const job = subject.run(1);
    await clock.advance(1);

    assert.equal(await job, 1);
    await ended(clock, subject);
  });
});
