import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  type CancellableContext,
  Channel,
  type Context,
  isCancelled,
  Mutex,
  nextTurn,
  recv,
  RWMutex,
  select,
  Semaphore,
  sleep,
  Ticker,
  WaitGroup,
} from "@barrage/kernel";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";

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
