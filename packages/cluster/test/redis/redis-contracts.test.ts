import { describe } from "node:test";
import { background } from "@barrage/kernel";
import { feedContract, windowContract } from "@barrage/testkit";
import { FEED_DEFAULTS, HEAD_LIFE_MS, RedisFeed, RedisWindow } from "../../src/index.ts";
import { needsRedis, redisFixture } from "./support/redis-fixture.ts";

describe("on a Redis Cluster of three masters", needsRedis, () => {
  const redis = redisFixture();

  windowContract("RedisWindow", async (bounds) => {
    const link = await redis.link();
    return {
      window: new RedisWindow(link, { ...bounds, headLifeMs: HEAD_LIFE_MS }),
      [Symbol.asyncDispose]: () => link.close(),
    };
  });

  feedContract("RedisFeed", async () => {
    const settings = redis.settings();
    const [link, otherLink] = [await redis.link(settings), await redis.link(settings)];
    const feed = new RedisFeed(link, FEED_DEFAULTS, background);
    const other = new RedisFeed(otherLink, FEED_DEFAULTS, background);
    return {
      feed,
      other,
      [Symbol.asyncDispose]: async () => {
        await Promise.all([feed[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
        await Promise.all([link.close(), otherLink.close()]);
      },
    };
  });
});
