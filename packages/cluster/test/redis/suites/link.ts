import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { background, Channel, rootContext } from "@barrage/kernel";
import { BarrageError } from "@barrage/protocol";
import { danmaku, FakeClock } from "@barrage/testkit";
import {
  FEED_DEFAULTS,
  HEAD_LIFE_MS,
  isClusterError,
  RedisErased,
  RedisFeed,
  RedisHeld,
  RedisWindow,
} from "../../../src/index.ts";
import type { RedisLink } from "../../../src/index.ts";
import { PAGE } from "../../../src/redis/stores/redis-erased.ts";
import { slotOf } from "../../../src/redis/slot.ts";
import { redisOfVersion } from "../support/old-redis.ts";
import type { RedisFixture } from "../support/redis-fixture.ts";

const ctx = background;
const bounds = {
  maxItems: 100,
  maxBytes: 1_000_000,
  maxAgeMs: 60_000,
  keptItems: 100,
  keptBytes: 100_000,
  headLifeMs: HEAD_LIFE_MS,
};
const item = (seq: number, n: number) => ({ ...danmaku(`i${seq}`, { at: Date.now() }), seq, n });

/** Another room whose slot belongs to the same third of the slots, so to the same master. */
function otherRoomOf(room: string): string {
  const third = (name: string): number => Math.floor((slotOf(name) * 3) / 16_384);
  for (let i = 0; ; i++) if (third(`other${i}`) === third(room)) return `other${i}`;
}

/** A second passes, and a node is asked who serves which slots. */
async function looked({ cluster }: RedisFixture, clock: FakeClock): Promise<void> {
  const asked = async (): Promise<number> => {
    const stats = await Promise.all(
      cluster.nodes.keys().map((node) => cluster.ask(node, "INFO", "commandstats")),
    );
    const calls = stats.map((text) => /cmdstat_cluster\|slots:calls=(\d+)/.exec(String(text))?.[1]);
    return calls.reduce((sum, count) => sum + Number(count ?? 0), 0);
  };
  const before = await asked();
  await clock.advance(1_000);
  await cluster.until("a node is asked", async () => (await asked()) > before);
}

/** What only a real cluster shows. */
export function linkSuite(redis: RedisFixture): void {
  describe("the connections", () => {
    it("[RD-60] are warm when they are open: one to each master, ready, its scripts loaded", async () => {
      const link = await redis.link({ connections: 2 });

      assert.deepEqual(link.health.connections, { ready: 6, other: 0 });
      await link.close();
      await link.close();
      await assert.rejects(new RedisWindow(link, bounds).read("r", 0, 1, ctx), { code: "REDIS_CLOSED" });
    });

    it("[RD-60] a Redis that is not there is named", async () => {
      const nobody = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => nobody.once("listening", resolve));
      const { port } = nobody.address() as { readonly port: number };
      await new Promise((resolve) => nobody.close(resolve));

      const opening = redis.link({ nodes: [{ host: "127.0.0.1", port }] });

      await assert.rejects(opening, { code: "REDIS_UNREACHABLE" });
    });

    it("[RD-60] a Redis that is too old for sharded pub/sub is named", async () => {
      await using old = await redisOfVersion("6.2.14");

      const opening = redis.link({ nodes: [{ host: "127.0.0.1", port: old.port }] });

      await assert.rejects(opening, { code: "REDIS_TOO_OLD" });
    });

    it("[RD-76] read the slots anew when one has moved, and not while all is as it was", async () => {
      const clock = new FakeClock();
      const link = await redis.link({ connections: 2 }, rootContext({ clock }));
      let reads = 0;
      using _ = link.onTopology(() => (reads += 1));
      const key = link.key("text", "t");
      const from = await redis.cluster.masterOf(key);
      const served = link.nodeOf(key);
      for (let looks = 0; looks < 5; looks++) await looked(redis, clock);
      assert.equal(reads, 0);

      await redis.moveSlot(slotOf(key), from, (from + 1) % 3);
      await looked(redis, clock);
      await redis.cluster.until("the move is known", () => Promise.resolve(link.nodeOf(key) !== served));

      await redis.moveSlot(slotOf(key), (from + 1) % 3, from);
      await looked(redis, clock);
      await redis.cluster.until("the way back is known", () => Promise.resolve(link.nodeOf(key) === served));
      await link.close();
    });

    it("[RD-61] the slot of a key is what Redis says it is", async () => {
      for (const key of [
        "",
        "foo",
        "{a}b",
        "x{}y",
        "x{ab}{cd}",
        "{",
        "}{a}",
        "弹幕",
        "barrage:window:{r_1-2}",
      ]) {
        assert.equal(slotOf(key), await redis.cluster.ask(0, "CLUSTER", "KEYSLOT", key), key);
      }
    });

    it("[RD-62] what Redis refuses is told as that, once, and is no outage", async () => {
      const link = await redis.link();
      const key = link.key("text", "t");
      const set = { name: "set", key, repeatable: true };
      await link.command(set, (client) => client.set(key, "x"), ctx);

      const wrong = link.command({ ...set, name: "hget" }, (client) => client.hget(key, "f"), ctx);

      await assert.rejects(wrong, { code: "REDIS_REFUSED" });
      assert.equal(link.health.totals.failures, 0);
      assert.equal(link.health.totals.retries, 0);
      await link.close();
    });
  });

  describe("the window and the feed", () => {
    it("[RD-7] a record that is none of ours is an error, not a record", async () => {
      const link = await redis.link();
      const window = new RedisWindow(link, bounds);
      const key = link.key("window", "r");
      const raw = { name: "raw", key, repeatable: false };
      await link.command(raw, (client) => client.xadd(key, "1-1", "a", Date.now(), "i", '{"kind":"x"}'), ctx);

      await assert.rejects(window.read("r", 0, 10, ctx), { code: "REDIS_RECORD_INVALID" });
      await link.close();
    });

    it("[RD-7] a stream that is gone is told by the floor; the head stands and is written on", async () => {
      const link = await redis.link();
      const window = new RedisWindow(link, bounds);
      await window.append({ room: "r", prev: 0, seq: 5, items: [item(5, 1)] }, ctx);
      const key = link.key("window", "r");
      await link.command({ name: "del", key, repeatable: true }, (client) => client.del(key), ctx);

      const { items, head, floor } = await window.read("r", 0, 10, ctx);
      assert.deepEqual([items, head, floor], [[], { seq: 5, n: 1 }, { seq: 5, n: 1 }]);
      assert.equal(await window.append({ room: "r", prev: 5, seq: 6, items: [item(6, 2)] }, ctx), "written");
      assert.equal((await window.read("r", 5, 10, ctx)).items.length, 1);
      await link.close();
    });

    it("[RD-8] opened at a lower head than it has, it stays as it is", async () => {
      const link = await redis.link();
      const window = new RedisWindow(link, bounds);
      await window.append({ room: "r", prev: 0, seq: 5, items: [item(5, 1)] }, ctx);

      await window.open("r", { seq: 3, n: 1 }, [item(3, 1)], ctx);

      const slice = await window.read("r", 0, 10, ctx);
      assert.deepEqual([slice.items.map(({ seq }) => seq), slice.head.seq], [[5], 5]);
      await link.close();
    });

    it("[RD-11] a slot that moves takes its channel along: the gateway is told, and goes on getting batches", async () => {
      const settings = redis.settings();
      const link = await redis.link(settings);
      await using feed = new RedisFeed(link, FEED_DEFAULTS, ctx);
      const [got, broken] = [new Channel<number>(100), new Channel<string>(100)];
      using subscription = feed.subscribe({
        batch: ({ seq }) => void got.trySend(seq),
        interrupted: (room) => void broken.trySend(room),
      });
      await subscription.enter("r", ctx);
      const slot = slotOf(link.key("feed", "r"));
      const from = await redis.cluster.masterOf("{r}");
      const to = (from + 1) % 3;

      await redis.moveSlot(slot, from, to);

      assert.equal((await broken.receive(ctx)).value, "r");
      await feed.publish({ room: "r", prev: 0, seq: 1, items: [item(1, 1)] }, ctx);
      assert.equal((await got.receive(ctx)).value, 1);
      await redis.moveSlot(slot, to, from);
      assert.equal((await broken.receive(ctx)).value, "r");
      await link.close();
    });

    it("[RD-13] [RD-74] a room whose node does not answer is not entered; it is once the node answers", async () => {
      const link = await redis.link();
      await using feed = new RedisFeed(link, { ...FEED_DEFAULTS, enterMs: 50 }, ctx);
      using subscription = feed.subscribe({ batch: () => undefined, interrupted: () => undefined });
      // Its time is short for the sake of the refusal: a busy machine may take longer to connect.
      await redis.cluster.until("the first room is entered", async () => {
        await subscription.enter("r", ctx);
        return true;
      });
      const master = await redis.cluster.masterOf("{r}");
      redis.cluster.freeze(master);

      const entering = subscription.enter(otherRoomOf("r"), ctx);
      await assert.rejects(entering, (error) => {
        const isOfOutage = BarrageError.is(error) && isClusterError(error.cause);
        assert.equal(isOfOutage && error.code, "BARRAGE_UNAVAILABLE");
        return true;
      });
      redis.cluster.thaw(master);

      await redis.cluster.until("the room can be entered", async () => {
        await subscription.enter(otherRoomOf("r"), ctx);
        return true;
      });
      await redis.restore();
      await link.close();
    });

    it("[RD-12] a channel that was left is kept for a while, then given back", async () => {
      const link = await redis.link();
      await using feed = new RedisFeed(link, { ...FEED_DEFAULTS, lingerMs: 1 }, ctx);
      using subscription = feed.subscribe({ batch: () => undefined, interrupted: () => undefined });
      const name = link.key("feed", "r");
      const master = await redis.cluster.masterOf(name);
      const subscribers = async () =>
        Number(((await redis.cluster.ask(master, "PUBSUB", "SHARDNUMSUB", name)) as readonly unknown[])[1]);
      await subscription.enter("r", ctx);
      assert.equal(await subscribers(), 1);
      assert.deepEqual(feed.health.placed, 1);

      subscription.leave("r");

      await redis.cluster.until("the channel is given back", async () => (await subscribers()) === 0);
      assert.equal(feed.health.channels, 0);
      await link.close();
    });

    it("[RD-12] messages that are none of ours are counted and passed over", async () => {
      const link = await redis.link();
      await using feed = new RedisFeed(link, FEED_DEFAULTS, ctx);
      const got = new Channel<number>(100);
      using subscription = feed.subscribe({
        batch: ({ seq }) => void got.trySend(seq),
        interrupted: () => undefined,
      });
      await subscription.enter("r", ctx);
      const key = link.key("feed", "r");
      for (const text of ["no json", "[]", '{"prev":0,"seq":1}', '{"prev":0,"seq":1,"items":[{}]}'])
        await link.command(
          { name: "raw", key, repeatable: false },
          (client) => client.spublish(key, text),
          ctx,
        );
      await feed.publish({ room: "r", prev: 0, seq: 7, items: [item(7, 1)] }, ctx);

      assert.equal((await got.receive(ctx)).value, 7);
      assert.equal(feed.health.invalid, 4);
      await link.close();
    });
  });

  describe("stores beside the log", () => {
    it("[RD-33] a full queue of held danmaku takes no more, but one of it again", async () => {
      const link = await redis.link();
      const held = new RedisHeld(link, { roomMax: 2, releasedLifeMs: 60_000 });
      const put = (id: string) => held.put({ room: "r", entry: danmaku(id), matched: [] }, undefined, ctx);
      await put("a");
      await put("b");

      await assert.rejects(put("c"), { code: "BARRAGE_OVERLOADED" });
      await assert.doesNotReject(put("a"));
      await link.close();
    });

    it("[RD-34] an erased user is known at once here, within a second elsewhere, and at the next start", async () => {
      const settings = redis.settings();
      const [link, otherLink] = [await redis.link(settings), await redis.link(settings)];
      await using here = await RedisErased.open(link, ctx);
      await using elsewhere = await RedisErased.open(otherLink, ctx);

      await here.add("u1", 1_000, ctx);
      await here.add("u1", 500, ctx);

      assert.equal(here.erasedUpTo("u1"), 1_000);
      assert.equal(here.erasedUpTo("u2"), undefined);
      await redis.cluster.until("the other knows", () =>
        Promise.resolve(elsewhere.erasedUpTo("u1") === 1_000),
      );
      await using later = await RedisErased.open(link, ctx);
      assert.equal(later.erasedUpTo("u1"), 1_000);
      await later[Symbol.asyncDispose]();
      await elsewhere[Symbol.asyncDispose]();
      await here[Symbol.asyncDispose]();
      await Promise.all([link.close(), otherLink.close()]);
    });

    it("[RD-89] erased users come in answers of 1,000 at most, and each once", async () => {
      const settings = redis.settings();
      const [link, otherLink] = [await redis.link(settings), await redis.link(settings)];
      const here = await RedisErased.open(link, ctx);
      const uids = Array.from({ length: PAGE + 1 }, (_, i) => `u${i}`);
      await Promise.all(uids.map((uid, i) => here.add(uid, i + 1, ctx)));
      const answers = usersOfAnswers(otherLink);

      const elsewhere = await RedisErased.open(otherLink, ctx);

      assert.deepEqual(answers, [PAGE, 1]);
      assert.deepEqual(
        uids.map((uid) => elsewhere.erasedUpTo(uid)),
        uids.map((_, i) => i + 1),
      );
      await here.add("late", 1_000, ctx);
      await redis.cluster.until("the other knows", () =>
        Promise.resolve(elsewhere.erasedUpTo("late") === 1_000),
      );
      assert.deepEqual(answers, [PAGE, 1, 1]);
      await Promise.all([here[Symbol.asyncDispose](), elsewhere[Symbol.asyncDispose]()]);
      await Promise.all([link.close(), otherLink.close()]);
    });

    it("[RD-34] an erasure under the number of one that a failover lost is known, and so is one from before there were numbers", async () => {
      const settings = redis.settings();
      const [link, otherLink] = [await redis.link(settings), await redis.link(settings)];
      const [moments, number, order] = ["erased", "erasures", "erased-order"].map((kind) =>
        link.key(kind, "all"),
      ) as [string, string, string];
      const here = await RedisErased.open(link, ctx);
      const elsewhere = await RedisErased.open(otherLink, ctx);
      const known = (uid: string) => () => Promise.resolve(elsewhere.erasedUpTo(uid) === 1_000);
      await here.add("lost", 1_000, ctx);
      await redis.cluster.until("the other knows", known("lost"));

      const write = (send: Parameters<typeof link.command<unknown>>[1]): Promise<unknown> =>
        link.command({ name: "a failover", key: moments, repeatable: false }, send, ctx);
      await write((client) => client.hdel(moments, "lost"));
      await write((client) => client.zrem(order, "lost"));
      await write((client) => client.decr(number));
      await here.add("next", 1_000, ctx);
      await redis.cluster.until("the other knows", known("next"));

      await write((client) => client.hset(moments, "old", 1_000));
      await redis.cluster.until("the other knows", known("old"));
      await Promise.all([here[Symbol.asyncDispose](), elsewhere[Symbol.asyncDispose]()]);
      await Promise.all([link.close(), otherLink.close()]);
    });
  });

  it("[PT-28] a window names the node that has a room and its channel", async () => {
    const link = await redis.link();
    const window = new RedisWindow(link, bounds);
    const rooms = Array.from({ length: 50 }, (_, i) => `r${i}`);

    const nodes = rooms.map((room) => window.nodeOf(room));

    assert.deepEqual(
      nodes,
      rooms.map((room) => link.nodeOf(link.key("feed", room))),
    );
    assert.equal(new Set(nodes).size, 3);
    assert.equal(nodes.includes(""), false);
    await link.close();
  });
}

/** How many users each answer to this link from now on has, those without any left out. */
function usersOfAnswers(link: RedisLink): readonly number[] {
  const users: number[] = [];
  const run = link.run.bind(link);
  link.run = async (...call: Parameters<RedisLink["run"]>) => {
    const reply = await run(...call);
    if (Array.isArray(reply) && reply.length > 0) users.push((reply.length - 1) / 2);
    return reply;
  };
  return users;
}
