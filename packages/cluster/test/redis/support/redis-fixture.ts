import { after, before } from "node:test";
import { hasRedisServer, requireOrSkip, startRedisCluster } from "@barrage/testkit";
import type { RedisCluster, RedisClusterOptions } from "@barrage/testkit";
import { background } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { REDIS_DEFAULTS, RedisLink } from "../../../src/index.ts";
import type { RedisSettings } from "../../../src/index.ts";

/** For `describe`: the suites of this folder need a Redis. */
export const needsRedis = requireOrSkip("redis-server", hasRedisServer());

export interface RedisFixture {
  readonly cluster: RedisCluster;
  /** Settings with a prefix that nobody else uses: an empty Redis for each test. */
  settings(more?: Partial<RedisSettings>): RedisSettings;
  link(more?: Partial<RedisSettings>, ctx?: Context): Promise<RedisLink>;
}

let prefixes = 0;

/** One Redis Cluster for all tests of the enclosing suite. */
export function redisFixture(options: RedisClusterOptions = {}): RedisFixture {
  let cluster: RedisCluster | undefined;
  before(async () => {
    if (needsRedis.skip === undefined) cluster = await startRedisCluster(options);
  });
  after(() => cluster?.[Symbol.asyncDispose]());
  const running = (): RedisCluster => {
    if (cluster === undefined) throw new Error("the Redis Cluster is not started");
    return cluster;
  };
  const settings = (more: Partial<RedisSettings> = {}): RedisSettings => ({
    ...REDIS_DEFAULTS,
    nodes: running().nodes.map(({ port }) => ({ host: "127.0.0.1", port })),
    prefix: `test${process.pid}.${(prefixes += 1)}:`,
    ...more,
  });
  return {
    get cluster() {
      return running();
    },
    settings,
    link: (more = {}, ctx = background) => RedisLink.open(settings(more), [], ctx),
  };
}
