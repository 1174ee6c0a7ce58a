import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, scope, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FEED_DEFAULTS, RedisFeed, RedisWindow } from "../../src/index.ts";
import { needsRedis, redisFixture } from "./support/redis-fixture.ts";
import { RoomFollowing, RoomWriting, WHOLE } from "./support/room-run.ts";

/** How long the fault of the frozen node lasts, ms: longer than a failover takes. */
const FROZEN_MS = 10_000;

/** A room that cannot be served any more fails its test instead of trying for ever. */
const PATIENCE = { timeout: 120_000 };

describe("a Redis Cluster of three masters with replicas", needsRedis, () => {
  const redis = redisFixture({ replicas: true });

  /** A room with a router and a gateway at work, each with connections of its own. */
  async function room(body: (run: RoomAtWork) => Promise<void>): Promise<void> {
    const settings = redis.settings();
    const [link, otherLink] = [await redis.link(settings), await redis.link(settings)];
    await using feed = new RedisFeed(link, FEED_DEFAULTS, background);
    await using otherFeed = new RedisFeed(otherLink, FEED_DEFAULTS, background);
    const window = new RedisWindow(otherLink, WHOLE);
    const writing = new RoomWriting("r", new RedisWindow(link, WHOLE), feed);
    const following = new RoomFollowing("r", window);
    using subscription = otherFeed.subscribe(following);
    try {
      await scope(async (own) => {
        const { context: ctx } = own;
        const task = own.spawn((mine) => following.run(mine), { name: "gateway" });
        await subscription.enter("r", ctx);
        const say = async (count: number): Promise<void> => {
          for (let i = 0; i < count; i++) await writing.say(ctx);
        };
        const master = await redis.cluster.masterOf(link.key("head", "r"));
        const knows = (port: number): boolean =>
          link.health.nodes.some(({ node }) => node.endsWith(`:${port}`));
        await body({ writing, following, window, say, master, knows, ctx });
        task.cancel();
        await task.catch(() => undefined);
      }, PATIENCE);
    } finally {
      await Promise.all([link.close(), otherLink.close()]);
    }
  }

  /** Everything that was said is in the window, and has reached the gateway once and in order. */
  async function assertWhole({ writing, following, window, ctx }: RoomAtWork): Promise<void> {
    await redis.cluster.until("the gateway has everything", async () => {
      if (following.head === writing.head) return true;
      await writing.repeatHead(ctx);
      return false;
    });
    assert.deepEqual(following.faults, []);
    assert.deepEqual(following.seen, writing.log);
    const slice = await window.read("r", 0, Number.POSITIVE_INFINITY, ctx);
    assert.deepEqual(slice.items, writing.log);
    assert.equal(slice.head.seq, writing.head);
    // In one step with its records: a failover that lost these has lost it too, and the head with it.
    assert.deepEqual(await window.find("r", ctx), writing.stateAt(writing.log.length));
  }

  it("[RD-20] [RD-75] a master killed under writes: a replica takes over, nothing is lost, doubled or out of order, and it is forgotten", async () => {
    await room(async (run) => {
      await run.say(50);
      const { port } = redis.cluster.nodes[run.master] ?? { port: 0 };
      assert.equal(run.knows(port), true);
      const killing = redis.cluster.kill(run.master);
      await run.say(50);
      await killing;

      assert.equal((await redis.cluster.masterOf("{r}")) === run.master, false);
      assert.equal((run.writing.outcomes["failed"] ?? 0) > 0, true);
      await assertWhole(run);
      assert.equal(run.following.interruptions > 0, true);
      await redis.cluster.until("the dead node is forgotten", () => Promise.resolve(!run.knows(port)));
    });
    await redis.restore();
  });

  it("[RD-21] writes that the new master never had: the window says behind, and is filled again", async () => {
    await room(async (run) => {
      await run.say(20);
      const replicas = await redis.replicasOf(run.master);
      for (const replica of replicas) redis.cluster.freeze(replica);
      // A frozen process still has a socket: what is sent into it would be read after all.
      await redis.cluster.ask(run.master, "CLIENT", "KILL", "TYPE", "replica");
      await run.say(20);
      await redis.cluster.kill(run.master);
      for (const replica of replicas) redis.cluster.thaw(replica);

      await run.say(20);

      assert.deepEqual(Object.keys(run.writing.outcomes).includes("behind"), true);
      await assertWhole(run);
    });
    await redis.restore();
  });

  it("[RD-22] a master frozen for 10 s: another takes over meanwhile, and what it wakes up with harms nobody", async () => {
    await room(async (run) => {
      await run.say(20);
      redis.cluster.freeze(run.master);
      await Promise.all([run.say(20), sleep(FROZEN_MS, run.ctx)]);
      redis.cluster.thaw(run.master);

      await run.say(20);
      await assertWhole(run);
      await redis.cluster.until("the old master follows", async () =>
        String(await redis.cluster.ask(run.master, "ROLE")).startsWith("slave"),
      );
      await assertWhole(run);
    });
    await redis.restore();
  });
});

interface RoomAtWork {
  readonly writing: RoomWriting;
  readonly following: RoomFollowing;
  readonly window: RedisWindow;
  readonly say: (count: number) => Promise<void>;
  /** The node that serves the room at the beginning. */
  readonly master: number;
  /** Is a node with this port told of in the figures of the router's link? */
  readonly knows: (port: number) => boolean;
  readonly ctx: Context;
}
