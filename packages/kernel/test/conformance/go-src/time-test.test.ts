import assert from "node:assert/strict";
import { after, background, Channel, recv, rootContext, scope, select, sleep, Ticker } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { collectGarbage } from "../../garbage.ts";
import { from } from "../support/origin.ts";
import { END, hasEnded } from "../support/waiting.ts";

const tick = from("go src/time/tick_test.go");
const sleeping = from("go src/time/sleep_test.go");

function timed(): { clock: FakeClock; ctx: ReturnType<typeof rootContext> } {
  const clock = new FakeClock();
  return { clock, ctx: rootContext({ clock }) };
}

tick(
  "TestTicker",
  "[KN-61, KN-63] five ticks, twice the period, five more: the right time, and then none",
  async () => {
    const { clock, ctx } = timed();
    const ticker = new Ticker(20, ctx);
    const times: number[] = [];
    const task = (async () => {
      for (let i = 0; i < 5; i++) {
        await ticker.next();
        times.push(clock.now());
      }
      ticker.reset(40);
      for (let i = 0; i < 5; i++) {
        await ticker.next();
        times.push(clock.now());
      }
      ticker[Symbol.dispose]();
    })();
    await clock.advance(1000);
    await task;
    assert.deepEqual(times, [20, 40, 60, 80, 100, 140, 180, 220, 260, 300]);
    assert.deepEqual(await ticker.next(), END);
    assert.equal(clock.pendingTimers, 0);
  },
);

tick("TestTicker", "[KN-61] ten ticks of a real clock take their time, within a factor of two", async () => {
  using ticker = new Ticker(10);
  const start = performance.now();
  let ticks = 0;
  for await (const count of ticker) if ((ticks += count) >= 10) break;
  const took = performance.now() - start;
  // Late by the load of the machine is not the ticker's fault: it has told of every period.
  assert.ok(took >= 95 && took / ticks < 20, `${ticks} ticks in ${took} ms`);
});

tick("TestTeardown", "[KN-63] three tickers one after the other, each stopped after a tick", async () => {
  const { clock, ctx } = timed();
  for (let i = 0; i < 3; i++) {
    const ticker = new Ticker(20, ctx);
    const next = ticker.next();
    await clock.advance(20);
    assert.deepEqual(await next, { done: false, value: 1 });
    ticker[Symbol.dispose]();
  }
  assert.equal(clock.pendingTimers, 0);
});

tick("TestNewTickerLtZeroDuration", "[KN-100] a period that is not above 0 is refused", () => {
  for (const ms of [-1, 0, NaN]) assert.throws(() => new Ticker(ms), { code: "KERNEL_INVALID_ARGUMENT" });
});

tick("TestTickerResetLtZeroDuration", "[KN-100] a reset to a period that is not above 0 is refused", () => {
  assert.throws(() => new Ticker(1000).reset(0), { code: "KERNEL_INVALID_ARGUMENT" });
});

tick("TestTimerGC", "[KN-63] a ticker that nobody refers to any more is collected", async () => {
  const refs: Array<WeakRef<Ticker>> = [];
  const use = async (): Promise<void> => {
    const { clock, ctx } = timed();
    const ticker = new Ticker(10, ctx);
    const next = ticker.next();
    await clock.advance(10);
    await next;
    refs.push(new WeakRef(ticker));
  };
  await use();
  await collectGarbage();
  assert.equal(refs[0]?.deref(), undefined);
});

tick(
  "TestChan",
  "[KN-61, KN-63] no tick of before is left after a reset, and none after a stop",
  async () => {
    const { clock, ctx } = timed();
    const ticker = new Ticker(10, ctx);
    await clock.advance(15);
    ticker.reset(10);
    const next = ticker.next();
    await clock.advance(9);
    assert.equal(await hasEnded(next), false);
    await clock.advance(1);
    await next;
    await clock.advance(15);
    ticker[Symbol.dispose]();
    assert.deepEqual(await ticker.next(), END);
  },
);

tick("TestAfterTimes", "[KN-84] an after is chosen at its time, however late it is looked at", async () => {
  const { clock, ctx } = timed();
  const chosen = select({ late: after(10), never: recv(new Channel<void>()) }, ctx);
  await clock.advance(1000);
  assert.equal((await chosen).case, "late");
});

tick(
  "TestTickTimes",
  "[KN-62] a tick that is looked at late tells how many periods it stands for",
  async () => {
    const { clock, ctx } = timed();
    const ticker = new Ticker(10, ctx);
    await clock.advance(95);
    assert.deepEqual(await ticker.next(), { done: false, value: 9 });
  },
);

sleeping("TestSleep", "[KN-60] a sleep takes its time and no less", async () => {
  const { clock, ctx } = timed();
  const operation = sleep(100, ctx);
  await clock.advance(99);
  assert.equal(await hasEnded(operation), false);
  await clock.advance(1);
  await operation;
});

sleeping("TestTickerStress", "[KN-60] sleeps of three times go on beside busy tasks", async () => {
  const { clock, ctx } = timed();
  let sleeps = 0;
  await scope(
    async (s) => {
      for (const ms of [1, 2, 3]) {
        s.spawn(async (task) => {
          for (let i = 0; i < 10; i++) {
            await sleep(ms, task);
            sleeps += 1;
          }
        });
      }
      await clock.advance(30);
    },
    { parent: ctx },
  );
  assert.equal(sleeps, 30);
});

sleeping("TestAfter", "[KN-84] an after is not ready before its time", async () => {
  const { clock, ctx } = timed();
  const late = select({ late: after(100) }, ctx);
  await clock.advance(99);
  assert.equal(await hasEnded(late), false);
  await clock.advance(1);
  await late;
});

sleeping("TestAfterTick", "[KN-84] ten afters in a row take ten times as long", async () => {
  const { clock, ctx } = timed();
  const start = clock.now();
  const all = (async () => {
    for (let i = 0; i < 10; i++) await select({ late: after(100) }, ctx);
    return clock.now() - start;
  })();
  await clock.advance(5000);
  assert.equal(await all, 1000);
});

sleeping("TestAfterStop", "[KN-82] an after that lost is no timer any more and never fires", async () => {
  const { clock, ctx } = timed();
  const channel = new Channel<number>(1);
  const got = select({ late: after(100), got: recv(channel) }, ctx);
  channel.trySend(1);
  assert.equal((await got).case, "got");
  assert.equal(clock.pendingTimers, 0);
});

sleeping(
  "TestAfterQueuing",
  "[KN-84] afters fire in order of their time, whatever the order they were made in",
  async () => {
    const { clock, ctx } = timed();
    const slots = [5, 3, 6, 6, 6, 1, 1, 2, 7, 9, 4, 8, 0];
    const order: number[] = [];
    const all = slots.map((slot) => select({ late: after(slot * 10) }, ctx).then(() => order.push(slot)));
    await clock.advance(100);
    await Promise.all(all);
    assert.deepEqual(
      order,
      slots.toSorted((a, b) => a - b),
    );
  },
);

sleeping(
  "TestTimerStopStress",
  "[KN-82] a hundred afters that are cancelled leave no timer and choose nothing",
  async () => {
    const { clock, ctx } = timed();
    const child = ctx.cancellable();
    const all = Array.from({ length: 100 }, (_, i) => select({ late: after(1000 + i) }, child));
    const settled = Promise.allSettled(all);
    await clock.advance(500);
    child.cancel();
    await clock.advance(2000);
    for (const result of await settled) assert.equal(result.status, "rejected");
    assert.equal(clock.pendingTimers, 0);
  },
);

sleeping("TestSleepZeroDeadlock", "[KN-60] sleeps of 0 ms beside collections go on for ever", async () => {
  await scope((s) => {
    s.spawn(async (ctx) => {
      for (let i = 0; i < 100; i++) await sleep(0, ctx);
    });
    s.spawn(() => collectGarbage());
  });
});

sleeping("TestReset", "[KN-61] a reset moves the next tick, to later and to sooner", async () => {
  const { clock, ctx } = timed();
  const ticker = new Ticker(100, ctx);
  const next = ticker.next();
  await clock.advance(50);
  ticker.reset(150);
  await clock.advance(149);
  assert.equal(await hasEnded(next), false);
  ticker.reset(10);
  await clock.advance(10);
  await next;
});

sleeping(
  "TestOverflowSleep",
  "[KN-64] times beyond what a platform timer can hold are neither at once nor wrong",
  async () => {
    const ctx = background.cancellable();
    for (const ms of [2 ** 31 - 1, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, Infinity]) {
      const operation = sleep(ms, ctx).catch(() => "cancelled");
      assert.equal(await hasEnded(operation), false);
    }
    ctx.cancel();
  },
);

sleeping(
  "TestIssue5745",
  "[KN-11] a callback at a deadline may wait for what its own timer is needed for",
  async () => {
    const { clock, ctx } = timed();
    const channel = new Channel<string>(2);
    ctx.cancellable({ timeout: 10 }).onCancel(() => {
      void sleep(10, ctx).then(() => channel.trySend("second"));
      channel.trySend("first");
    });
    await clock.advance(20);
    assert.equal(channel.length, 2);
  },
);

sleeping(
  "TestMultiWakeupTicker",
  "[KN-61] a thousand ticks while the period changes, none early and none lost",
  async () => {
    const { clock, ctx } = timed();
    const ticker = new Ticker(1, ctx);
    let ticks = 0;
    const task = (async () => {
      for (let i = 0; i < 1000; i++) {
        if (i === 500) ticker.reset(2);
        await ticker.next();
        ticks += 1;
      }
    })();
    await clock.advance(1500);
    await task;
    assert.deepEqual([ticks, clock.now()], [1000, 1500]);
  },
);
