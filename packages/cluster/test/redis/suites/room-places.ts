import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { RedisRoomPlaces } from "../../../src/index.ts";
import type { PlaceTaken } from "../../../src/index.ts";
import type { RedisFixture } from "../support/redis-fixture.ts";

const LIFE_MS = 1_000;

interface Run {
  readonly ctx: Context;
  readonly clock: FakeClock;
  /** Of two processes, each with a link of its own. */
  readonly one: RedisRoomPlaces;
  readonly other: RedisRoomPlaces;
}

/** Places for rooms on a Redis Cluster, time moved by the test. */
export function roomPlacesSuite(redis: RedisFixture): void {
  async function start(max: number, body: (run: Run) => Promise<void>): Promise<void> {
    const clock = new FakeClock();
    const settings = redis.settings();
    const links = [await redis.link(settings), await redis.link(settings)] as const;
    try {
      const [one, other] = links.map(
        (link) => new RedisRoomPlaces(link, { max, lifeMs: LIFE_MS, clock: "caller" }),
      );
      assert.ok(one && other);
      await body({ ctx: rootContext({ clock }), clock, one, other });
    } finally {
      await Promise.all(links.map((link) => link.close()));
    }
  }

  /** A catalogue of so many rooms. */
  const catalogOf = (count: number) => ({
    ids(after: string, limit: number): Promise<readonly string[]> {
      const from = after === "" ? 0 : Number(after) + 1;
      const length = Math.max(0, Math.min(limit, count - from));
      return Promise.resolve(Array.from({ length }, (_, i) => String(from + i)));
    },
  });

  describe("places for rooms", () => {
    for (const max of [0, 1, 7]) {
      it(`[RD-85] of ${max} places no more than ${max} are taken, though two processes ask for many at once`, async () => {
        await start(max, async ({ one, other, ctx }) => {
          const asked = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : other).take(`r${i}`, ctx));

          const taken = (await Promise.all(asked)).filter(({ isTaken }) => isTaken).length;

          assert.equal(taken, max);
          assert.deepEqual(await one.take("late", ctx), none(max));
        });
      });
    }

    it("[RD-85] a room that has its place keeps it, whoever asks again, also when none is free", async () => {
      await start(2, async ({ one, other, ctx }) => {
        assert.deepEqual(await one.take("a", ctx), some(1));
        assert.deepEqual(await other.take("a", ctx), some(1));
        assert.deepEqual(await other.take("b", ctx), some(2));

        assert.deepEqual(await one.take("c", ctx), none(2));
        assert.deepEqual(await other.take("a", ctx), some(2));
      });
    });

    it("[RD-86] the place of a room that came to nothing is free after its life, counted from when it was last asked for", async () => {
      await start(1, async ({ one, other, clock, ctx }) => {
        await one.take("a", ctx);
        await clock.advance(LIFE_MS - 1);
        await other.take("a", ctx);
        await clock.advance(LIFE_MS - 1);
        assert.deepEqual(await one.take("b", ctx), none(1));

        await clock.advance(1);

        assert.deepEqual(await one.take("b", ctx), some(1));
      });
    });

    it("[RD-86] that of a room that the catalogue has is kept", async () => {
      await start(2, async ({ one, other, clock, ctx }) => {
        await one.take("0", ctx);
        await one.recount(catalogOf(1), ctx);
        await other.take("0", ctx);
        await clock.advance(LIFE_MS * 2);

        assert.deepEqual(await one.take("b", ctx), some(2));
        assert.deepEqual(await one.take("c", ctx), none(2));
      });
    });

    for (const count of [999, 1_000, 1_001]) {
      it(`[RD-87] a catalogue of ${count} rooms is counted whole, also where Redis knows of none`, async () => {
        await start(count + 1, async ({ one, other, ctx }) => {
          await one.recount(catalogOf(count), ctx);
          await other.recount(catalogOf(count), ctx);

          assert.deepEqual(await other.take("new", ctx), some(count + 1));
          assert.deepEqual(await one.take("newer", ctx), none(count + 1));
        });
      });
    }
  });
}

const some = (taken: number): PlaceTaken => ({ isTaken: true, taken });
const none = (taken: number): PlaceTaken => ({ isTaken: false, taken });
