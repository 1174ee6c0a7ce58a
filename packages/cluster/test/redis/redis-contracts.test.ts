import { describe } from "node:test";
import { background } from "@barrage/kernel";
import {
  bucketsContract,
  feedContract,
  slowModeContract,
  windowContract,
  windowPastContract,
  windowStatesContract,
} from "@barrage/testkit";
import {
  FEED_DEFAULTS,
  HEAD_LIFE_MS,
  RedisBuckets,
  RedisFeed,
  RedisHeld,
  RedisKeys,
  RedisSlowMode,
  RedisWindow,
} from "../../src/index.ts";
import { MemoryHeld, MemoryKeys } from "../kafka/support/memory-stores.ts";
import { coordinatorSuite } from "./suites/coordinator.ts";
import { feedSuite } from "./suites/feed.ts";
import { frozenSuite } from "./suites/frozen.ts";
import { linkSuite } from "./suites/link.ts";
import { presenceReportsSuite } from "./suites/presence-reports.ts";
import { presenceSuite } from "./suites/presence.ts";
import { roomPlacesSuite } from "./suites/room-places.ts";
import { signalsSuite } from "./suites/signals.ts";
import { statesSuite } from "./suites/states.ts";
import { uniqueModeSuite } from "./suites/unique-mode.ts";
import { windowWishesSuite } from "./suites/window-wishes.ts";
import { heldContract, keysContract } from "./support/stores-contract.ts";
import { needsRedis, redisFixture } from "./support/redis-fixture.ts";

/** A contract's test has one key, so one connection has all of its commands; each opens a link of its own. */
const ONE = { connections: 1 };

describe("on a Redis Cluster of three masters", needsRedis, () => {
  const redis = redisFixture();

  windowContract("RedisWindow", async (bounds) => {
    const link = await redis.link(ONE);
    return {
      window: new RedisWindow(link, {
        keptItems: 100,
        keptBytes: 100_000,
        ...bounds,
        headLifeMs: HEAD_LIFE_MS,
      }),
      [Symbol.asyncDispose]: () => link.close(),
    };
  });

  windowPastContract("RedisWindow", async (bounds) => {
    const link = await redis.link(ONE);
    return {
      window: new RedisWindow(link, { ...bounds, headLifeMs: HEAD_LIFE_MS }),
      [Symbol.asyncDispose]: () => link.close(),
    };
  });

  windowStatesContract("RedisWindow", async (bounds) => {
    const link = await redis.link(ONE);
    const options = { ...bounds, keptItems: 100, keptBytes: 100_000, headLifeMs: HEAD_LIFE_MS };
    const window = new RedisWindow(link, options);
    return { window, states: window, [Symbol.asyncDispose]: () => link.close() };
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

  bucketsContract("RedisBuckets", async (settings) => {
    const link = await redis.link(ONE);
    return {
      buckets: new RedisBuckets(link, "user", settings, "caller"),
      [Symbol.asyncDispose]: () => link.close(),
    };
  });

  slowModeContract("RedisSlowMode", async () => {
    const link = await redis.link(ONE);
    return { slowMode: new RedisSlowMode(link, "caller"), [Symbol.asyncDispose]: () => link.close() };
  });

  keysContract("RedisKeys", async () => {
    const link = await redis.link(ONE);
    const keys = new RedisKeys(link, { lifeMs: 600_000, clock: "caller" });
    return { keys, [Symbol.asyncDispose]: () => link.close() };
  });

  heldContract("RedisHeld", async () => {
    const link = await redis.link(ONE);
    const held = new RedisHeld(link, { roomMax: 100, releasedLifeMs: 600_000 });
    return { held, [Symbol.asyncDispose]: () => link.close() };
  });

  linkSuite(redis);
  feedSuite(redis);
  presenceSuite(redis);
  presenceReportsSuite(redis);
  signalsSuite(redis);
  coordinatorSuite(redis);
  statesSuite(redis);
  roomPlacesSuite(redis);
  uniqueModeSuite(redis);
  windowWishesSuite(redis);
  // Last: a node that has thawed has the others' attention for a while.
  frozenSuite(redis);
});

const nothingToRelease = { [Symbol.asyncDispose]: () => Promise.resolve() };
keysContract("MemoryKeys", () => Promise.resolve({ keys: new MemoryKeys(), ...nothingToRelease }));
heldContract("MemoryHeld", () => Promise.resolve({ held: new MemoryHeld(), ...nothingToRelease }));
