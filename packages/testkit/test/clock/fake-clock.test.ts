import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, sleep } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";

describe("FakeClock", () => {
  it("fires timers at their own moment and in the order of their moments", async () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    for (const ms of [30, 10, 20]) clock.setTimer(ms, () => fired.push(`${ms}@${clock.now()}`));

    await clock.advance(30);

    assert.deepEqual(fired, ["10@10", "20@20", "30@30"]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("fires timers of one moment in the order they were set", async () => {
    const clock = new FakeClock();
    const fired: number[] = [];
    for (const n of [1, 2, 3]) clock.setTimer(5, () => fired.push(n));

    await clock.advance(5);

    assert.deepEqual(fired, [1, 2, 3]);
  });

  it("leaves a timer alone one millisecond before its moment and moves wall time along", async () => {
    const clock = new FakeClock({ wall: 1000 });
    clock.setTimer(10, () => undefined);

    await clock.advance(9);

    assert.equal(clock.pendingTimers, 1);
    assert.equal(clock.nextTimer, 10);
    assert.equal(clock.wall(), 1009);
  });

  it("lets code between two timers run, so a loop of sleeps passes in one step", async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const woke: number[] = [];
    const loop = (async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(100, ctx);
        woke.push(clock.now());
      }
    })();

    await clock.advance(300);
    await loop;

    assert.deepEqual(woke, [100, 200, 300]);
  });

  it("fires no cleared timer and refuses to go back", async () => {
    const clock = new FakeClock();
    clock.clearTimer(clock.setTimer(1, () => assert.fail("cleared")));

    await clock.advance(2);

    await assert.rejects(clock.advance(-1), RangeError);
    assert.equal(clock.now(), 2);
  });

  it("runs until nothing is left to wait for, and tells how long that took", async () => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const work = (async () => {
      for (let i = 1; i <= 4; i++) await sleep(i * 1000, ctx);
      return clock.now();
    })();

    assert.equal(await clock.runUntilIdle(), 10_000);
    assert.equal(await work, 10_000);
    assert.equal(await clock.runUntilIdle(), 0);
  });

  it("refuses to run for ever, at its limit and not before", async () => {
    const clock = new FakeClock();
    let left = 5;
    const again = (): void => {
      if (--left > 0) clock.setTimer(1, again);
    };
    clock.setTimer(1, again);

    await assert.rejects(clock.runUntilIdle(4), RangeError);
    assert.equal(await clock.runUntilIdle(1), 1);
    assert.equal(clock.now(), 5);
  });

  it("fires timers of one moment in an order that the seed decides, and only those", async () => {
    const order = async (seed: number): Promise<string> => {
      const clock = new FakeClock({ seed });
      const fired: number[] = [];
      for (const n of [1, 2, 3, 4, 5, 6]) clock.setTimer(n > 5 ? 9 : 5, () => fired.push(n));
      await clock.runUntilIdle();
      return fired.join("");
    };

    assert.equal(await order(7), await order(7));
    const orders = new Set<string>();
    for (let seed = 0; seed < 30; seed++) orders.add(await order(seed));
    assert.ok(orders.size > 10, `${orders.size} orders`);
    assert.ok([...orders].every((one) => one.endsWith("6")));
  });
});
