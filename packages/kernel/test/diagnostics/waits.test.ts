import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  type CancellableContext,
  Channel,
  type Context,
  isCancelled,
  liveTasks,
  Mutex,
  nextTurn,
  recv,
  RWMutex,
  Scope,
  select,
  Semaphore,
  sleep,
  Ticker,
  WaitGroup,
} from "@barrage/kernel";
import { assertNoLeaks, noteWait } from "@barrage/kernel/diagnostics";

const lock = new Mutex();
const shared = new RWMutex();
const slots = new Semaphore(1);
const pending = new WaitGroup();

/** What waits for ever, each under a context that belongs to no task. */
const WAITS: Readonly<Record<string, (ctx: Context) => Promise<unknown>>> = {
  receive: (ctx) => new Channel<number>().receive(ctx),
  send: (ctx) => new Channel<number>().send(1, ctx),
  select: (ctx) => select({ get: recv(new Channel<number>()) }, ctx),
  "select of nothing": (ctx) => select({}, ctx),
  sleep: (ctx) => sleep(2 ** 30, ctx),
  tick: (ctx) => new Ticker(2 ** 30, ctx).next(),
  lock: (ctx) => lock.lock(ctx),
  "read lock": (ctx) => shared.readLock(ctx),
  acquire: (ctx) => slots.acquire(1, ctx),
  "wait group": (ctx) => pending.wait(ctx),
};

describe("waits while the tools are on", () => {
  for (const [name, wait] of Object.entries(WAITS)) {
    it(`[KD-7] ${name} ends with its context`, async () => {
      using _lock = lock.tryLock();
      using _shared = shared.tryLock();
      using _slot = slots.tryAcquire();
      pending.add();
      using ctx: CancellableContext = background.cancellable();
      const rejected = assertNoLeaks(() => assert.rejects(wait(ctx), isCancelled));
      await nextTurn();

      ctx.cancel();

      await rejected;
      pending.done();
    });
  }
});

describe("noteWait", () => {
  const waitingOf = (name: string): string | undefined => {
    const task = liveTasks().find((each) => each.name === name);
    return `${task?.state}: ${task?.waiting}`;
  };

  for (const [whose, of] of [
    ["of its context", (ctx: Context) => ctx.cancellable()],
    ["that calls", () => undefined],
    ["that calls, for a context of no task", () => background],
  ] as const) {
    it(`[KD-9] shows the task ${whose} as waiting until it is disposed`, async () => {
      await using s = new Scope();
      const [answer, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      s.spawn(
        async (ctx) => {
          using note = noteWait("answer of", "thread", of(ctx));
          await answer.promise;
          note[Symbol.dispose]();
          await end.promise;
        },
        { name: "asking" },
      );
      await nextTurn();
      assert.equal(waitingOf("asking"), "waiting: answer of thread");

      answer.resolve();
      await nextTurn();

      assert.equal(waitingOf("asking"), "running: undefined");
      end.resolve();
    });
  }

  it("[KD-9] notes nothing outside of any task", () => {
    using note = noteWait("answer of", "thread");

    assert.equal(note[Symbol.dispose](), undefined);
  });
});
