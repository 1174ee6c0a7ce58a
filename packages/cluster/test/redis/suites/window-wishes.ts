import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { RedisWishes } from "../../../src/index.ts";
import type { RedisFixture } from "../support/redis-fixture.ts";

const LIFE_MS = 5_000;

/** Wishes for flush windows on a Redis Cluster, time moved by the test. */
export function windowWishesSuite(redis: RedisFixture): void {
  describe("wishes for flush windows", () => {
    it("[RD-45] the longest of those that hold is found", async () => {
      const clock = new FakeClock();
      const ctx = rootContext({ clock });
      const link = await redis.link();
      try {
        const of = (gateway: string) => new RedisWishes(link, { gateway, lifeMs: LIFE_MS, clock: "caller" });
        const [one, two, router] = [of("one"), of("two"), of("")];
        assert.deepEqual(await longest(router, ["r", "s"], ctx), { r: 0, s: 0 });

        const told: string[] = [];
        await one.tell(new Map([["r", 40], ["s", 20]]), ctx, (room) => told.push(room)); // prettier-ignore
        await two.tell([["r", 90]], ctx);
        assert.deepEqual(told.toSorted(), ["r", "s"]);
        assert.deepEqual(await longest(router, ["r", "s"], ctx), { r: 90, s: 20 });

        await two.tell([["r", 30]], ctx);
        assert.deepEqual(await longest(router, ["r"], ctx), { r: 40 });
        await one.tell([["r", 0]], ctx);
        assert.deepEqual(await longest(router, ["r"], ctx), { r: 30 });

        await clock.advance(LIFE_MS - 1);
        assert.deepEqual(await longest(router, ["r"], ctx), { r: 30 });
        await one.tell([["r", 20]], ctx);
        await clock.advance(1);
        assert.deepEqual(await longest(router, ["r", "s"], ctx), { r: 20, s: 0 });
      } finally {
        await link.close();
      }
    });
  });
}

async function longest(wishes: RedisWishes, rooms: readonly string[], ctx: Context): Promise<object> {
  const found: Record<string, number> = {};
  await wishes.longest(rooms, ctx, (room, ms) => (found[room] = ms));
  return found;
}
