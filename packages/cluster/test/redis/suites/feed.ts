import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, rootContext } from "@barrage/kernel";
import { BarrageError } from "@barrage/protocol";
import { danmaku, FakeClock } from "@barrage/testkit";
import { FEED_DEFAULTS, RedisFeed } from "../../../src/index.ts";
import type { FeedHandler } from "@barrage/engine";
import type { RedisFixture } from "../support/redis-fixture.ts";

const isUnavailable = (error: unknown): boolean =>
  BarrageError.is(error) && error.code === "BARRAGE_UNAVAILABLE";

/** What the feed promises whoever enters a room that cannot be entered at once. */
export function feedSuite(redis: RedisFixture): void {
  describe("a room whose node is not known for a while", () => {
    it("[RD-13] a viewer who left it and is then told that it cannot be entered takes it from nobody who came after", async () => {
      const clock = new FakeClock();
      const link = await redis.link();
      let isKnown = false;
      const hidden = {
        settings: link.settings,
        key: link.key.bind(link),
        nodeOf: (key: string) => (isKnown ? link.nodeOf(key) : undefined),
        command: link.command.bind(link),
        onTopology: link.onTopology.bind(link),
        refresh: () => link.refresh(),
      };
      const feed = new RedisFeed(hidden, FEED_DEFAULTS, rootContext({ clock }));
      const ctx = rootContext({ clock });
      const got: string[] = [];
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      const handler = (name: string, seen = (): void => undefined): FeedHandler => ({
        batch: () => {
          got.push(name);
          seen();
        },
        interrupted: () => undefined,
      });
      using one = feed.subscribe(handler("one"));
      // Listens after the one that it is about, so it is told after it.
      using last = feed.subscribe(handler("last", end));
      try {
        const early = assert.rejects(one.enter("r", ctx), isUnavailable);
        await clock.advance(FEED_DEFAULTS.enterMs / 2);
        one.leave("r");
        const late = one.enter("r", ctx);
        const other = last.enter("r", ctx);
        await clock.advance(FEED_DEFAULTS.enterMs / 2);
        await early;
        isKnown = true;
        link.refresh();
        await Promise.all([late, other]);
        const item = { ...danmaku("i1"), seq: 1, n: 1 };
        await feed.publish({ room: "r", prev: 0, seq: 1, items: [item] }, background);
        await over;

        assert.deepEqual(got, ["one", "last"]);
      } finally {
        await feed[Symbol.asyncDispose]();
        await link.close();
      }
    });
  });
}
