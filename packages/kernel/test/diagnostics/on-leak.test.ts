import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import {
  Channel,
  InvalidArgumentError,
  Mutex,
  nextTurn,
  onTaskFailure,
  rootContext,
  RWMutex,
  Scope,
  Semaphore,
  sleep,
} from "@barrage/kernel";
import { type LeakReport, onLeak, overstayed, waitCycles, type WaitStep } from "@barrage/kernel/diagnostics";
import { FakeClock } from "@barrage/testkit";

const OPTIONS = { everyMs: 10, window: 8, rise: 4 };

/** The cycles that a scope's tasks are in, as `task lock, task lock`. */
function cyclesOf(scope: string): string[] {
  const show = (cycle: readonly WaitStep[]): string =>
    cycle.map(({ task, lock }) => `${task} ${lock}`).join(", ");
  return waitCycles()
    .map(show)
    .filter((text) => text.includes(`${scope}/`));
}

describe("onLeak", () => {
  it("[KD-22] tells of the group that grows, and of no other", async () => {
    const clock = new FakeClock();
    const context = rootContext({ clock });
    const reports: LeakReport[] = [];
    using _watch = onLeak((report) => reports.push(report), { ...OPTIONS, context });
    await using s = new Scope(context, { onError: "collect" });
    for (let i = 0; i < 50; i++) s.spawn((ctx) => sleep(1e6, ctx), { name: "steady" });

    for (let i = 0; i < 12; i++) {
      s.spawn((ctx) => sleep(1e6, ctx), { name: "growing" });
      await clock.advance(10);
    }

    assert.deepEqual(
      reports.map(({ kind, groups }) => [kind, ...groups.map(({ labels }) => labels["task"])]),
      [["growth", "growing"]],
    );
  });

  it("[KD-23] tells once of each time a group goes above the threshold", async () => {
    const clock = new FakeClock();
    const context = rootContext({ clock });
    const reports: LeakReport[] = [];
    using _watch = onLeak((report) => reports.push(report), { everyMs: 10, threshold: 5, context });
    await using s = new Scope(context, { onError: "collect" });
    const counts: number[] = [];
    const tasks = [1, 2, 3, 4, 5].map(() => s.spawn((ctx) => sleep(1e6, ctx), { name: "limited" }));
    const mine = (): number => reports.filter(({ groups }) => groups[0]?.labels["task"] === "limited").length;
    await clock.advance(20);
    counts.push(mine());
    tasks.push(s.spawn((ctx) => sleep(1e6, ctx), { name: "limited" }));
    await clock.advance(30);
    counts.push(mine());
    tasks.pop()?.cancel();
    await clock.advance(20);
    s.spawn((ctx) => sleep(1e6, ctx), { name: "limited" });
    await clock.advance(20);
    counts.push(mine());

    assert.deepEqual(counts, [0, 1, 2]);
  });

  it("[KD-24] tells once of a deadlock, with tasks and locks in order", async () => {
    const clock = new FakeClock();
    const context = rootContext({ clock });
    const reports: LeakReport[] = [];
    using _watch = onLeak((report) => reports.push(report), { everyMs: 10, context });
    const [a, b] = [new Mutex({ name: "A" }), new Mutex({ name: "B" })];
    await using s = new Scope(context, { name: "dead", onError: "collect" });
    s.spawn(
      async (ctx) => {
        using _a = await a.lock(ctx);
        await nextTurn();
        using _b = await b.lock(ctx);
      },
      { name: "one" },
    );
    s.spawn(
      async (ctx) => {
        using _b = await b.lock(ctx);
        await nextTurn();
        using _a = await a.lock(ctx);
      },
      { name: "two" },
    );
    await clock.advance(50);

    assert.deepEqual(
      reports.map(({ kind, cycles }) => [kind, cycles.flat().map(({ task, lock }) => `${task} ${lock}`)]),
      [["deadlock", ["dead/one B", "dead/two A"]]],
    );
  });

  it("[KD-26] ends when disposed, and survives a handler that throws", async () => {
    const clock = new FakeClock();
    const context = rootContext({ clock });
    const failures: string[] = [];
    using _failures = onTaskFailure(({ name }) => failures.push(name));
    let told = 0;
    const watch = onLeak(
      () => {
        told += 1;
        throw new Error("handler");
      },
      { everyMs: 10, threshold: 1, context },
    );
    await using s = new Scope(context, { onError: "collect" });
    for (const name of ["x", "y"]) {
      for (let i = 0; i < 2; i++) s.spawn((ctx) => sleep(1e6, ctx), { name: `throws ${name}` });
      await clock.advance(20);
    }
    watch[Symbol.dispose]();
    for (let i = 0; i < 2; i++) s.spawn((ctx) => sleep(1e6, ctx), { name: "after" });
    await clock.advance(50);

    assert.equal(told, 2);
    assert.deepEqual(failures, ["onLeak handler", "onLeak handler"]);
  });

  it("[KD-26] keeps no process alive", () => {
    const program = `
      import { onLeak } from "@barrage/kernel/diagnostics";
      onLeak(() => {}, { everyMs: 60_000 });
      console.log("started");`;
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      encoding: "utf8",
      timeout: 20_000,
    });

    assert.deepEqual([stdout.trim(), status], ["started", 0]);
  });

  it("[KD-23] refuses numbers without a meaning", () => {
    assert.throws(() => onLeak(() => {}, { threshold: 0 }), InvalidArgumentError);
    assert.throws(() => onLeak(() => {}, { everyMs: 0 }), InvalidArgumentError);
  });
});

describe("wait cycles", () => {
  it("[KD-24] finds a lock taken twice, and three in a circle", async () => {
    const lock = new Mutex({ name: "self" });
    const locks = [0, 1, 2].map((n) => new Mutex({ name: `m${n}` }));
    await using s = new Scope(undefined, { name: "ring", onError: "collect" });
    s.spawn(
      async (ctx) => {
        using _once = await lock.lock(ctx);
        using _twice = await lock.lock(ctx);
      },
      { name: "twice" },
    );
    for (const n of [0, 1, 2]) {
      s.spawn(
        async (ctx) => {
          using _own = await locks[n]?.lock(ctx);
          await nextTurn();
          using _next = await locks[(n + 1) % 3]?.lock(ctx);
        },
        { name: `t${n}` },
      );
    }
    await nextTurn();
    await nextTurn();

    assert.deepEqual(cyclesOf("ring"), ["ring/twice self", "ring/t0 m1, ring/t1 m2, ring/t2 m0"]);
  });

  it("[KD-24] finds a reader that waits for a writer that waits for it", async () => {
    const table = new RWMutex({ name: "table" });
    const row = new Semaphore(1, { name: "row" });
    await using s = new Scope(undefined, { name: "rw", onError: "collect" });
    s.spawn(
      async (ctx) => {
        using _read = await table.readLock(ctx);
        await nextTurn();
        using _row = await row.acquire(1, ctx);
      },
      { name: "reader" },
    );
    s.spawn(
      async (ctx) => {
        using _row = await row.acquire(1, ctx);
        await nextTurn();
        using _write = await table.lock(ctx);
      },
      { name: "writer" },
    );
    await nextTurn();
    await nextTurn();

    assert.deepEqual(cyclesOf("rw"), ["rw/reader row, rw/writer table"]);
  });

  it("[KD-25] finds none while one holder of a semaphore is not stuck", async () => {
    const [two, lock] = [new Semaphore(2, { name: "two" }), new Mutex({ name: "lock" })];
    const free = new Channel<void>(0, { name: "free" });
    await using s = new Scope(undefined, { name: "sem", onError: "collect" });
    s.spawn(
      async (ctx) => {
        using _one = await two.acquire(1, ctx);
        await free.receive(ctx);
        using _lock = await lock.lock(ctx);
      },
      { name: "other" },
    );
    s.spawn(
      async (ctx) => {
        using _one = await two.acquire(1, ctx);
        await nextTurn();
        using _lock = await lock.lock(ctx);
      },
      { name: "holder" },
    );
    s.spawn(
      async (ctx) => {
        using _lock = await lock.lock(ctx);
        await nextTurn();
        using _third = await two.acquire(1, ctx);
      },
      { name: "locker" },
    );
    await nextTurn();
    await nextTurn();
    const before = cyclesOf("sem");
    free.close();
    await nextTurn();

    assert.deepEqual(before, []);
    assert.equal(cyclesOf("sem").length, 1);
  });

  it("[KD-25] finds none where somebody unknown holds the lock, or the task has another wait", async () => {
    const [held, lock] = [new Mutex({ name: "held" }), new Mutex({ name: "lock" })];
    using _held = await held.lock();
    const wake = new Channel<void>();
    await using s = new Scope(undefined, { name: "open", onError: "collect" });
    s.spawn((ctx) => held.lock(ctx), { name: "waiter" });
    s.spawn(
      async (ctx) => {
        using _lock = await lock.lock(ctx);
        await Promise.race([lock.lock(ctx), wake.receive(ctx)]);
      },
      { name: "two waits" },
    );
    await nextTurn();

    assert.deepEqual(cyclesOf("open"), []);
  });
});

describe("overstayed", () => {
  it("[KD-27] gives tasks alive under a cancelled context, from the given time on", async () => {
    const clock = new FakeClock();
    const deaf = new Channel<void>(0, { name: "deaf" });
    const s = new Scope(rootContext({ clock }), { name: "request", onError: "collect" });
    s.spawn(() => deaf.receive(), { name: "goes on" });
    s.spawn((ctx) => sleep(1e6, ctx), { name: "listens" });
    await nextTurn();
    s.cancel();
    const at = async (ms: number): Promise<string[]> => {
      await clock.advance(ms);
      return overstayed(100).map(({ labels, waiting }) => `${labels["task"]}: ${waiting}`);
    };

    const seen = [await at(99), await at(1), await at(1)];
    deaf.close();
    await s[Symbol.asyncDispose]();

    assert.deepEqual(seen, [[], ["goes on: receive deaf"], ["goes on: receive deaf"]]);
    assert.deepEqual(overstayed(0), []);
  });
});
