import { describe } from "node:test";
import { windowContract } from "@barrage/testkit";
import { HEAD_LIFE_MS, RedisWindow } from "../../src/index.ts";
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
});
