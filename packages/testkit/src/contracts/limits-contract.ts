import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BucketSettings, BucketStore, SlowModeStore } from "@barrage/engine";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "../clock/fake-clock.ts";

export interface BucketsUnderTest extends AsyncDisposable {
  readonly buckets: BucketStore;
}
/** `ctx` carries the clock that refills. */
export type MakeBuckets = (settings: BucketSettings, ctx: Context) => Promise<BucketsUnderTest>;

export interface SlowModeUnderTest extends AsyncDisposable {
  readonly slowMode: SlowModeStore;
}
/** `ctx` carries the clock that waits are measured with. */
export type MakeSlowMode = (ctx: Context) => Promise<SlowModeUnderTest>;

/** Registers the tests that every `BucketStore` passes; each gets an empty one of its own. */
export function bucketsContract(name: string, make: MakeBuckets): void {
  describe(`${name} as token buckets`, () => {
    for (const [taken, wait] of [
      [2, 0],
      [3, 0],
      [4, 500],
    ] as const) {
      it(`[RD-30] of a burst of 3 at 2 per second, take ${taken} waits ${wait} ms`, async () => {
        const clock = new FakeClock();
        const ctx = rootContext({ clock });
        await using made = await make({ perSecond: 2, burst: 3 }, ctx);

        for (let i = 1; i < taken; i++) assert.equal(await made.buckets.take("k", ctx), 0);

        assert.equal(await made.buckets.take("k", ctx), wait);
      });
    }

    it("[RD-30] refills with time, up to the burst; a refusal takes nothing", async () => {
      const clock = new FakeClock();
      const ctx = rootContext({ clock });
      await using made = await make({ perSecond: 4, burst: 2 }, ctx);
      const take = (): unknown => made.buckets.take("k", ctx);
      await take();
      await take();
      assert.equal(await take(), 250);

      await clock.advance(125);
      assert.equal(await take(), 125);
      await clock.advance(125);
      assert.equal(await take(), 0);
      await clock.advance(60_000);
      assert.deepEqual([await take(), await take(), await take()], [0, 0, 250]);
    });

    it("[RD-30] rates below one per second wait for as long as they say", async () => {
      const clock = new FakeClock();
      const ctx = rootContext({ clock });
      await using made = await make({ perSecond: 0.3, burst: 1 }, ctx);

      assert.equal(await made.buckets.take("k", ctx), 0);
      assert.equal(await made.buckets.take("k", ctx), 3_334);
    });

    it("[RD-30] keeps keys apart", async () => {
      const ctx = rootContext({ clock: new FakeClock() });
      await using made = await make({ perSecond: 1, burst: 1 }, ctx);

      assert.equal(await made.buckets.take("a", ctx), 0);
      assert.equal(await made.buckets.take("b", ctx), 0);
      assert.equal(await made.buckets.take("a", ctx), 1_000);
    });

    it("[RD-30] of many at once gives away no more than there is", async () => {
      const ctx = rootContext({ clock: new FakeClock() });
      await using made = await make({ perSecond: 1, burst: 10 }, ctx);

      const waits = await Promise.all(
        Array.from({ length: 40 }, async () => await made.buckets.take("k", ctx)),
      );

      assert.equal(waits.filter((wait) => wait === 0).length, 10);
    });
  });
}

/** Registers the tests that every `SlowModeStore` passes; each gets an empty one of its own. */
export function slowModeContract(name: string, make: MakeSlowMode): void {
  describe(`${name} as slow mode`, () => {
    it("[RD-31] lets a user speak once in so many seconds, and says how long is left", async () => {
      const clock = new FakeClock();
      const ctx = rootContext({ clock });
      await using made = await make(ctx);
      const enter = (): unknown => made.slowMode.enter("r", "u", 10, ctx);

      assert.equal(await enter(), 0);
      assert.equal(await enter(), 10_000);
      await clock.advance(9_999);
      assert.equal(await enter(), 1);
      await clock.advance(1);
      assert.equal(await enter(), 0);
    });

    it("[RD-31] keeps users and rooms apart", async () => {
      const ctx = rootContext({ clock: new FakeClock() });
      await using made = await make(ctx);

      assert.equal(await made.slowMode.enter("r", "u", 10, ctx), 0);
      assert.equal(await made.slowMode.enter("r", "other", 10, ctx), 0);
      assert.equal(await made.slowMode.enter("other", "u", 10, ctx), 0);
    });

    it("[RD-31] what was undone was not said", async () => {
      const ctx = rootContext({ clock: new FakeClock() });
      await using made = await make(ctx);
      await made.slowMode.enter("r", "u", 10, ctx);

      await made.slowMode.undo("r", "u", ctx);

      assert.equal(await made.slowMode.enter("r", "u", 10, ctx), 0);
    });

    it("[RD-31] a room that becomes slower counts what was said before", async () => {
      const clock = new FakeClock();
      const ctx = rootContext({ clock });
      await using made = await make(ctx);
      await made.slowMode.enter("r", "u", 1, ctx);
      await clock.advance(2_000);

      assert.equal(await made.slowMode.enter("r", "u", 10, ctx), 8_000);
    });
  });
}
