import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { BarrageError } from "@barrage/protocol";
import { danmaku } from "@barrage/testkit";
import {
  FEED_DEFAULTS,
  isClusterError,
  RedisDependency,
  RedisFeed,
  RedisWindow,
} from "../../../src/index.ts";
import type { RedisLink } from "../../../src/index.ts";
import { slotOf } from "../../../src/redis/slot.ts";
import type { RedisFixture } from "../support/redis-fixture.ts";
import { WHOLE } from "../support/room-run.ts";

const ctx = background;
const THIRD = 16_384 / 3;
/** Calls of one burst, more than may be under way and wait. */
const BURST = 3_000;
/** Once a node is back, calls go on within this. */
const BACK_WITHIN_MS = 10_000;

/** A room whose slot another master serves. */
function roomElsewhere(room: string): string {
  const third = (name: string): number => Math.floor(slotOf(name) / THIRD);
  for (let i = 0; ; i++) if (third(`other${i}`) !== third(room)) return `other${i}`;
}

/** The most that was under way or waiting for any node. */
const held = (link: RedisLink): number =>
  Math.max(0, ...link.health.nodes.map(({ running, waiting }) => running + waiting));

/** A master that hangs and has no replica. */
export function frozenSuite(redis: RedisFixture): void {
  describe("a frozen node", () => {
    it("[RD-13] [RD-23] [RD-63] [RD-72] [RD-74] is named; its calls end, bounded, with what may be retried; others go on; the feed keeps who was in its rooms, and is told after", async () => {
      const settings = redis.settings();
      const [link, calls] = [await redis.link(settings), await redis.link(settings)];
      const feed = new RedisFeed(link, FEED_DEFAULTS, background);
      const redisHealth = new RedisDependency(link, feed);
      const window = new RedisWindow(calls, WHOLE);
      const elsewhere = roomElsewhere("r");
      let interruptions = 0;
      const batches: number[] = [];
      const subscription = feed.subscribe({
        batch: ({ seq }) => batches.push(seq),
        interrupted: () => (interruptions += 1),
      });
      const master = await redis.cluster.masterOf(link.key("head", "r"));
      try {
        await subscription.enter("r", ctx);
        await redis.cluster.until("all is well", () => Promise.resolve(redisHealth.health === undefined));
        redis.cluster.freeze(master);

        let most = 0;
        const codes = new Map<string, number>();
        const burst = Array.from({ length: BURST }, async () => {
          try {
            await window.read("r", 0, 10, ctx);
          } catch (error) {
            assert.equal(BarrageError.is(error) && error.code, "BARRAGE_UNAVAILABLE", String(error));
            const cause = error instanceof Error ? error.cause : undefined;
            const code = isClusterError(cause) ? cause.code : "";
            codes.set(code, (codes.get(code) ?? 0) + 1);
          }
          most = Math.max(most, held(calls));
        });
        most = Math.max(most, held(calls));
        await window.read(elsewhere, 0, 10, ctx);
        await Promise.all(burst);
        const { maxCalls, maxWaiting } = settings.calls;
        assert.equal(most <= maxCalls + maxWaiting, true, `${most} at once`);
        assert.equal(held(calls), 0);
        assert.equal(
          [...codes.values()].reduce((sum, count) => sum + count, 0),
          BURST,
        );
        assert.equal((codes.get("CLUSTER_TOO_MANY_CALLS") ?? 0) >= BURST - maxCalls - maxWaiting, true);

        const { port } = redis.cluster.nodes[master] ?? { port: 0 };
        await redis.cluster.until("it is named", () =>
          Promise.resolve(redisHealth.health?.includes(`:${port}`) === true),
        );
        await redis.cluster.until("its connection is given up, and the room kept", () =>
          Promise.resolve(feed.health.placed === 0 && feed.health.channels === 1),
        );
        // Another viewer comes, and is told to come back.
        const again = subscription.enter("r", ctx);
        await assert.rejects(
          again,
          (error) => BarrageError.is(error) && error.code === "BARRAGE_UNAVAILABLE",
        );
        const isOpen = calls.health.nodes.some(({ circuit }) => circuit === "open");
        assert.equal(isOpen, true, "its circuit is open");
        redis.cluster.thaw(master);
        const thawed = ctx.clock.now();
        await redis.cluster.until("its circuit lets calls through", async () => {
          await window.read("r", 0, 10, ctx);
          return true;
        });
        assert.equal(ctx.clock.now() - thawed < BACK_WITHIN_MS, true, "within the bar");
        await redis.cluster.until("all is well again", () =>
          Promise.resolve(redisHealth.health === undefined),
        );
        await redis.cluster.until("the feed has been told", () => Promise.resolve(interruptions > 0));
        const item = { ...danmaku("i1"), seq: 1, n: 1 };
        await feed.publish({ room: "r", prev: 0, seq: 1, items: [item] }, ctx);
        await redis.cluster.until("batches come", () => Promise.resolve(batches.length > 0));
      } finally {
        redis.cluster.thaw(master);
        subscription[Symbol.dispose]();
        await feed[Symbol.asyncDispose]();
        await Promise.all([link.close(), calls.close()]);
      }
    });
  });
}
