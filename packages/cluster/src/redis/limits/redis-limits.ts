import type { BucketSettings, LimitStores } from "@barrage/engine";
import type { RedisLink } from "../redis-link.ts";
import { RedisBuckets } from "./redis-buckets.ts";
import { RedisSlowMode } from "./redis-slow-mode.ts";
import { RedisUniqueMode } from "./redis-unique-mode.ts";

/** Limits that all processes share. */
export const redisLimits = (
  link: RedisLink,
  settings: {
    readonly user: BucketSettings;
    readonly room: BucketSettings;
    readonly address: BucketSettings;
  },
): LimitStores => ({
  users: new RedisBuckets(link, "user", settings.user),
  rooms: new RedisBuckets(link, "room", settings.room),
  addresses: new RedisBuckets(link, "address", settings.address),
  slowMode: new RedisSlowMode(link),
  uniqueMode: new RedisUniqueMode(link),
});
