import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { RedisUniqueMode } from "../../../src/index.ts";
import type { RedisFixture } from "../support/redis-fixture.ts";

/** Unique mode on a Redis Cluster, time moved by the test. */
export function uniqueModeSuite(redis: RedisFixture): void {
  async function start() {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const link = await redis.link();
    const [one, other] = [new RedisUniqueMode(link, "caller"), new RedisUniqueMode(link, "caller")];
    const policy = { mode: "on", seconds: 10, count: 3 } as const;
    let ids = 0;
    const say = (content: string, key?: string, room = "r", mode = one) =>
      mode.enter(room, { id: `i${(ids += 1)}`, content, key }, policy, ctx);
    return { clock, ctx, one, other, policy, say, [Symbol.asyncDispose]: () => link.close() };
  }

  describe("unique mode", () => {
    it("[RD-35] what was said may not be said again by any process until its time, in its room", async () => {
      await using run = await start();
      assert.equal(await run.say("哈哈哈"), 0);
      await run.clock.advance(4_000);

      assert.equal(await run.say("哈哈 哈哈", undefined, "r", run.other), 6_000);
      assert.equal(await run.say("other"), 0);
      assert.equal(await run.say("哈哈哈", undefined, "s"), 0);
      await run.clock.advance(6_000);

      assert.equal(await run.say("哈哈哈"), 0);
    });

    it("[RD-35] what is no longer among the last so many may be said again", async () => {
      await using run = await start();
      await run.say("first");
      await run.say("second");
      await run.say("third");
      assert.equal(await run.say("first"), 10_000);

      await run.say("fourth");

      assert.equal(await run.say("first"), 0);
    });

    it("[RD-35] a retry is no second one, and what was undone was not said", async () => {
      await using run = await start();
      assert.equal(await run.say("text", "key"), 0);
      assert.equal(await run.say("text", "key"), 0);
      const saying = { id: "mine", content: "more", key: undefined };
      assert.equal(await run.one.enter("r", saying, run.policy, run.ctx), 0);
      assert.equal(await run.one.enter("r", saying, run.policy, run.ctx), 0);
      await run.one.undo("r", { ...saying, id: "another" }, run.ctx);
      assert.equal(await run.say("more"), 10_000);

      await run.one.undo("r", saying, run.ctx);

      assert.equal(await run.say("more"), 0);
    });
  });
}
