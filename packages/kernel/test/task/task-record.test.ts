import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  Channel,
  go,
  liveTaskCount,
  liveTasks,
  Mutex,
  nextTurn,
  recv,
  rootContext,
  Scope,
  scope,
  select,
  send,
  Semaphore,
  sleep,
  taskGroups,
  type TaskInfo,
  Ticker,
} from "@barrage/kernel";
import { FakeClock, leavesTasks } from "@barrage/testkit";
import { collectGarbage } from "../garbage.ts";

function named(name: string): TaskInfo | undefined {
  return liveTasks().find((task) => task.name === name);
}

describe("live tasks", () => {
  it("[KN-90] lists a task from its spawn to its end", async () => {
    const before = liveTaskCount();
    await scope(
      async (s) => {
        const task = s.spawn(() => nextTurn(), { name: "short" });
        assert.equal(named("short")?.id, task.id);
        assert.equal(named("short")?.state, "running");
        assert.equal(liveTaskCount(), before + 1);
        await task;
        assert.equal(named("short"), undefined);
      },
      { name: "request" },
    );

    assert.equal(liveTaskCount(), before);
  });

  it("[KN-90] names scope and parent task and tells the age on the task's clock", async () => {
    const clock = new FakeClock();
    const stop = Promise.withResolvers<void>();
    const outer = new Scope(rootContext({ clock }), { name: "outer" });
    const parent = outer.spawn(
      (ctx) =>
        scope((s) => void s.spawn(() => stop.promise, { name: "child" }), { parent: ctx, name: "inner" }),
      { name: "parent" },
    );
    await clock.advance(250);

    const { id: _, ...child } = named("child") ?? assert.fail("no child");

    stop.resolve();
    await outer[Symbol.asyncDispose]();
    assert.deepEqual(child, {
      name: "child",
      state: "running",
      waiting: undefined,
      scope: "inner",
      parent: parent.id,
      ageMs: 250,
    });
  });

  it("[KN-90] removes failed and cancelled tasks, in any order", async () => {
    const before = liveTaskCount();
    await scope(
      async (s) => {
        const tasks = [1, 2, 3, 4, 5].map((n) => s.spawn((ctx) => sleep(1e6, ctx), { name: `t${n}` }));
        await nextTurn();
        for (const n of [2, 0, 4]) tasks[n]?.cancel();
        await nextTurn();
        assert.deepEqual(
          liveTasks()
            .slice(before)
            .map((task) => task.name),
          ["t2", "t4"],
        );
        s.cancel();
      },
      { onError: "collect" },
    );

    assert.equal(liveTaskCount(), before);
  });

  it("[KN-91] shows what each task waits for, and running when it goes on", async () => {
    const clock = new FakeClock();
    const jobs = new Channel<number>(0, { name: "jobs" });
    const full = new Channel<number>(0, { name: "full" });
    const slots = new Semaphore(1, { name: "slots" });
    const lock = new Mutex({ name: "lock" });
    using _slot = slots.tryAcquire();
    using _lock = lock.tryLock();
    await using s = new Scope(rootContext({ clock }), { limit: 7 });
    s.spawn((ctx) => jobs.receive(ctx.cancellable({ name: "derived" })), { name: "receiver" });
    s.spawn((ctx) => full.send(1, ctx), { name: "sender" });
    s.spawn((ctx) => slots.acquire(1, ctx), { name: "acquirer" });
    s.spawn((ctx) => lock.lock(ctx), { name: "locker" });
    s.spawn((ctx) => sleep(50, ctx), { name: "sleeper" });
    s.spawn((ctx) => new Ticker(20, ctx).next(), { name: "ticking" });
    s.spawn((ctx) => select({ a: recv(jobs), b: send(full, 2) }, ctx), { name: "selecting" });
    s.spawn(() => 1, { name: "queued" });
    await nextTurn();

    const waiting = Object.fromEntries(
      liveTasks().map((task) => [task.name, `${task.state}: ${task.waiting}`]),
    );

    assert.deepEqual(waiting, {
      receiver: "waiting: receive jobs",
      sender: "waiting: send full",
      acquirer: "waiting: acquire slots",
      locker: "waiting: acquire lock",
      sleeper: "waiting: sleep 50 ms",
      ticking: "waiting: tick 20 ms",
      selecting: "waiting: select a | b",
      queued: "waiting: slot of scope",
    });
  });

  it("[KN-91] shows a task as running again after its last wait has ended", async () => {
    const [one, two] = [new Channel<void>(), new Channel<void>()];
    const hold = new Channel<void>();
    await scope(async (s) => {
      s.spawn(
        async (ctx) => {
          await Promise.all([one.receive(ctx), two.receive(ctx)]);
          await hold.receive();
        },
        { name: "double" },
      );
      await nextTurn();
      one.trySend();
      assert.equal(named("double")?.state, "waiting");
      two.trySend();
      assert.equal(named("double")?.state, "running");
      await nextTurn();
      hold.close();
    });
  });

  it("[KN-92] counts tasks by name and state, the most first", async () => {
    await using s = new Scope();
    for (let i = 0; i < 3; i++) s.spawn((ctx) => sleep(1e6, ctx), { name: "idle" });
    const stop = Promise.withResolvers<void>();
    s.spawn(() => stop.promise, { name: "busy" });
    await nextTurn();

    const groups = taskGroups().filter((group) => ["idle", "busy"].includes(group.name));

    stop.resolve();
    assert.deepEqual(groups, [
      { name: "idle", state: "waiting", count: 3 },
      { name: "busy", state: "running", count: 1 },
    ]);
  });

  it("[KN-93] lets a task be collected that nothing can reach, and still lists it", async () => {
    leavesTasks("what nothing can reach cannot be ended either");
    let collected = 0;
    const registry = new FinalizationRegistry(() => (collected += 1));
    for (let i = 0; i < 10; i++) {
      go(
        async () => {
          const unreachable = new Channel<void>();
          registry.register(unreachable, i);
          await unreachable.receive();
        },
        { name: "lost" },
      );
    }
    for (let i = 0; i < 50 && collected < 10; i++) await collectGarbage();

    assert.equal(collected, 10);
    assert.equal(liveTasks().filter((task) => task.name === "lost").length, 10);
  });
});
