import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, isCancelled, rootContext, sleep, systemClock, Ticker } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";

function clocked(): { clock: FakeClock; root: Context } {
  const clock = new FakeClock();
  return { clock, root: rootContext({ clock }) };
}

/** Notes each tick as `value@time`, until the ticker ends or is cancelled. */
async function note(ticker: Ticker, clock: FakeClock, seen: string[]): Promise<void> {
  for await (const tick of ticker) seen.push(`${tick}@${clock.now()}`);
  seen.push("end");
}

describe("sleep", () => {
  it("[KN-60] ends after its span and not a millisecond before", async () => {
    const { clock, root } = clocked();
    let woke = false;
    const sleeping = sleep(100, root).then(() => (woke = true));

    await clock.advance(99);
    assert.equal(woke, false);
    await clock.advance(1);

    await sleeping;
  });

  it("[KN-60] ends with the cancel error and leaves no timer", async () => {
    const { clock, root } = clocked();
    const ctx = root.cancellable();
    const sleeping = assert.rejects(sleep(100, ctx), isCancelled);
    assert.equal(clock.pendingTimers, 1);

    ctx.cancel();

    await sleeping;
    assert.equal(clock.pendingTimers, 0);
    await assert.rejects(sleep(100, ctx), isCancelled);
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-60] runs on system time without a context", async () => {
    await sleep(0);
  });

  it("[KN-100] refuses what is no span", async () => {
    for (const ms of [-1, NaN]) await assert.rejects(sleep(ms), { code: "KERNEL_INVALID_ARGUMENT" });
  });
});

describe("Ticker", () => {
  it("[KN-61] ticks at multiples of its period, however late the consumer is", async () => {
    const { clock, root } = clocked();
    const seen: string[] = [];
    const ticker = new Ticker(100, root);
    const loop = (async () => {
      for await (const tick of ticker) {
        seen.push(`${tick}@${clock.now()}`);
        await sleep(30, root);
      }
    })();

    await clock.advance(399);
    ticker[Symbol.dispose]();
    await clock.advance(100);

    await loop;
    assert.deepEqual(seen, ["1@100", "1@200", "1@300"]);
  });

  it("[KN-61] starts over at a reset, also while someone waits", async () => {
    const { clock, root } = clocked();
    const seen: string[] = [];
    using ticker = new Ticker(100, root);
    const loop = note(ticker, clock, seen);
    await clock.advance(150);

    ticker.reset(20);
    await clock.advance(45);

    ticker[Symbol.dispose]();
    await loop;
    assert.deepEqual(seen, ["1@100", "1@170", "1@190", "end"]);
  });

  it("[KN-62] gives the number of ticks missed as one", async () => {
    const { clock, root } = clocked();
    using ticker = new Ticker(100, root);
    await clock.advance(350);

    const late = await ticker.next();
    const next = ticker.next();
    await clock.advance(50);

    assert.deepEqual(late, { done: false, value: 3 });
    assert.deepEqual(await next, { done: false, value: 1 });
  });

  it("[KN-63] has no timer while nobody waits, and none after dispose", async () => {
    const { clock, root } = clocked();
    const ticker = new Ticker(100, root);
    assert.equal(clock.pendingTimers, 0);
    const waiting = ticker.next();
    assert.equal(clock.pendingTimers, 1);

    ticker[Symbol.dispose]();

    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.deepEqual(await ticker.next(), { done: true, value: undefined });
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-63] throws the cancel error and leaves no timer", async () => {
    const { clock, root } = clocked();
    const ctx = root.cancellable();
    const ticker = new Ticker(100, ctx);
    const loop = assert.rejects(note(ticker, clock, []), isCancelled);
    await clock.advance(10);
    assert.equal(clock.pendingTimers, 1);

    ctx.cancel();

    await loop;
    await assert.rejects(ticker.next(), isCancelled);
    assert.equal(clock.pendingTimers, 0);
  });

  it("[KN-61] gives each tick to all who wait for it", async () => {
    const { clock, root } = clocked();
    using ticker = new Ticker(100, root);
    const both = Promise.all([ticker.next(), ticker.next()]);
    assert.equal(clock.pendingTimers, 1);

    await clock.advance(100);

    assert.deepEqual(await both, [
      { done: false, value: 1 },
      { done: false, value: 1 },
    ]);
  });

  it("[KN-61] waits for the rest when a timer fires early", async () => {
    const clock = new FakeClock();
    // Platform timers round: one may fire a fraction of a millisecond before its time.
    const hasty = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      setTimer: (ms: number, fn: () => void) => clock.setTimer(Math.max(1, ms - 1), fn),
      clearTimer: (handle: object | number) => clock.clearTimer(handle),
    };
    using ticker = new Ticker(10, rootContext({ clock: hasty }));
    let ticked: unknown;
    void ticker.next().then((tick) => (ticked = tick.value));

    await clock.advance(9);
    assert.equal(ticked, undefined);
    await clock.advance(1);

    assert.equal(ticked, 1);
  });

  it("[KN-100] refuses a period that is not above 0", () => {
    const invalid = { code: "KERNEL_INVALID_ARGUMENT" };
    for (const ms of [0, -1, NaN, Infinity]) assert.throws(() => new Ticker(ms), invalid);
    assert.throws(() => new Ticker(1).reset(0), invalid);
  });
});

describe("systemClock", () => {
  const LONGEST_MS = 2 ** 31 - 1;

  it("[KN-64] sets a timer beyond the platform's longest in legs", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    for (const [ms, early] of [
      [LONGEST_MS, LONGEST_MS - 1],
      [LONGEST_MS + 1, LONGEST_MS],
      [LONGEST_MS * 2 + 5, LONGEST_MS * 2 + 4],
    ] as const) {
      let fired = 0;
      systemClock.setTimer(ms, () => (fired += 1));
      let left = early;
      for (; left > LONGEST_MS; left -= LONGEST_MS) t.mock.timers.tick(LONGEST_MS);
      t.mock.timers.tick(left);
      assert.equal(fired, 0);
      t.mock.timers.tick(1);
      assert.equal(fired, 1);
    }
  });

  it("[KN-64] clears a long timer in any leg", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const handle = systemClock.setTimer(LONGEST_MS * 2, () => assert.fail("cleared"));
    t.mock.timers.tick(LONGEST_MS);

    systemClock.clearTimer(handle);

    t.mock.timers.tick(LONGEST_MS);
  });

  it("[KN-12] goes forward, and its wall time is the system's", () => {
    const before = Date.now();
    const [first, second] = [systemClock.now(), systemClock.now()];

    assert.ok(second >= first);
    assert.ok(systemClock.wall() >= before);
  });
});
