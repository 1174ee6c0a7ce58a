import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { REDIS_DEFAULTS, RedisPresence } from "../../../src/index.ts";
import type { RedisPresenceOptions, RedisSettings } from "../../../src/index.ts";
import type { RedisFixture } from "../support/redis-fixture.ts";

const LIFE_MS = 15_000;
const BUCKET_MS = 60_000;

/** Presence on a Redis Cluster, time moved by the test. */
export function presenceSuite(redis: RedisFixture): void {
  async function start(settings: Partial<RedisSettings> = {}) {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const link = await redis.link(settings);
    const gateway = (id: string, generation = 1, more: Partial<RedisPresenceOptions> = {}) =>
      new RedisPresence(link, {
        gateway: { id, generation },
        lifeMs: LIFE_MS,
        bucketMs: BUCKET_MS,
        buckets: 3,
        clock: "caller",
        ...more,
      });
    return { clock, ctx, link, gateway, [Symbol.asyncDispose]: () => link.close() };
  }

  describe("presence", () => {
    it("[RD-40] a room's viewers are the sum of what its gateways reported last", async () => {
      await using run = await start();
      const [one, two] = [run.gateway("one"), run.gateway("two")];

      await one.report([["r", 3], ["s", 1]], run.ctx); // prettier-ignore
      await two.report([["r", 4]], run.ctx);
      await one.report([["r", 5]], run.ctx);

      assert.equal(await two.viewersOf("r", run.ctx), 9);
      assert.equal(await two.viewersElsewhere("r", run.ctx), 5);
      assert.equal(await two.viewersOf("s", run.ctx), 1);
      assert.equal(await two.viewersOf("none", run.ctx), 0);
      await one.report([["r", 0]], run.ctx);
      assert.equal(await two.viewersOf("r", run.ctx), 4);
    });

    it("[RD-40] many times more rooms than calls may be under way are reported at once", async () => {
      // A room's node is one of three: no more than all that are sent together fit into one's bounds.
      await using run = await start({ calls: { ...REDIS_DEFAULTS.calls, maxCalls: 256, maxWaiting: 0 } });
      const one = run.gateway("one");
      const rooms = Array.from({ length: 2_000 }, (_, i) => [`r${i}`, i % 7] as const);

      await one.report(rooms, run.ctx);

      assert.equal(await one.viewersOf("r1999", run.ctx), 1_999 % 7);
    });

    it("[RD-41] a gateway that died is counted until its report ends, and no longer", async () => {
      await using run = await start();
      const [dead, alive] = [run.gateway("dead"), run.gateway("alive")];
      await dead.report([["r", 3]], run.ctx);
      await run.clock.advance(LIFE_MS - 1);
      await alive.report([["r", 4]], run.ctx);

      assert.equal(await alive.viewersOf("r", run.ctx), 7);
      await run.clock.advance(1);
      assert.equal(await alive.viewersOf("r", run.ctx), 4);
    });

    it("[RD-41] a restarted gateway replaces what it reported before, and the old one is heard no more", async () => {
      await using run = await start();
      const [before, after] = [run.gateway("g", 9), run.gateway("g", 10)];
      await before.report([["r", 3]], run.ctx);

      await after.report([["r", 1]], run.ctx);
      await before.report([["r", 50]], run.ctx);

      assert.equal(await after.viewersOf("r", run.ctx), 1);
    });

    it("[RD-42] unique viewers are counted once over the spans asked for", async () => {
      await using run = await start();
      const [one, two] = [run.gateway("one"), run.gateway("two")];
      await one.seen("r", ["a", "b"], run.ctx);
      await run.clock.advance(BUCKET_MS);
      await two.seen("r", ["b", "c"], run.ctx);

      assert.equal(await one.uniqueViewers("r", 1, run.ctx), 2);
      assert.equal(await one.uniqueViewers("r", 2, run.ctx), 3);
      assert.equal(await one.uniqueViewers("none", 2, run.ctx), 0);
      await run.clock.advance(2 * BUCKET_MS);
      assert.equal(await one.uniqueViewers("r", 99, run.ctx), 2);
    });

    it("[RD-42] of twenty thousand viewers the count is off by no more than three per cent", async () => {
      await using run = await start();
      const one = run.gateway("one");
      const uids = Array.from({ length: 20_000 }, (_, i) => `viewer${i}`);
      await one.seen("r", uids, run.ctx);
      await one.seen("r", uids.slice(0, 5_000), run.ctx);

      const count = await one.uniqueViewers("r", 1, run.ctx);
      assert.equal(Math.abs(count - 20_000) <= 600, true, `it says ${count}`);
    });
  });
}
