import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, rootContext, Scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { LayeredCache } from "../../src/cache/layered-cache.ts";
import { RedisLayer } from "../../src/cache/redis-layer.ts";
import { stringsOf } from "../../src/cache/link-strings.ts";
import { needsRedis, redisFixture } from "../redis/support/redis-fixture.ts";

const ctx = background;

interface Title {
  readonly title: string;
}

const decode = (value: unknown): Title => {
  if (typeof value !== "object" || value === null || !("title" in value)) throw new SyntaxError("no title");
  return { title: String(value.title) };
};

describe("a cache's layer on a Redis Cluster", needsRedis, () => {
  const redis = redisFixture();

  it("[PG-30] gives another process what this one loaded, what there is and what there is not", async () => {
    const link = await redis.link();
    const clock = new FakeClock({ wall: 1_767_225_600_000 });
    const scope = new Scope(rootContext({ clock }), { name: "caches" });
    let loads = 0;
    const cacheOn = () =>
      new LayeredCache<Title>({
        scope,
        shared: new RedisLayer(stringsOf(link), "room:", decode),
        load: async (key) => {
          loads += 1;
          return key === "none" ? undefined : { title: `弹幕 ${key}` };
        },
        // Its time to live is Redis's own, real time; the ages are the clock's.
        bounds: { maxAgeMs: 600_000, absentMaxAgeMs: 600_000 },
      });
    const [mine, yours] = [cacheOn(), cacheOn()];

    for (const key of ["a", "b", "none"])
      assert.deepEqual(await mine.get(key, ctx), await yours.get(key, ctx));

    assert.deepEqual(await yours.get("a", ctx), { title: "弹幕 a" });
    assert.equal(await yours.get("none", ctx), undefined);
    assert.deepEqual([loads, yours.figures.sharedHits], [3, 3]);
    await mine.invalidate("a", ctx);
    await mine.get("a", ctx);
    assert.equal(loads, 4);
    await scope[Symbol.asyncDispose]();
    await link.close();
  });

  it("[PG-31] keeps an entry no longer than it may be given", async () => {
    const link = await redis.link();
    const layer = new RedisLayer(stringsOf(link), "room:", decode);

    await layer.set("short", { value: { title: "x" }, loadedAt: 1 }, 0.5, ctx);
    // One ms is the least that Redis knows.
    while ((await layer.get("short", ctx)) !== undefined);
    await layer.set("long", { value: { title: "x" }, loadedAt: 1 }, 600_000, ctx);

    assert.deepEqual(await layer.get("long", ctx), { value: { title: "x" }, loadedAt: 1 });
    await link.close();
  });
});
