import { startRedis } from "@barrage/launchers";
import type { RunningRedis } from "@barrage/launchers";
import type { Context } from "@barrage/kernel";
import { missingOf, programsOf, redisSearch } from "./programs.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const MASTERS = 3;

export interface RedisClusterOptions {
  /** One replica for each master: needed for a failover. */
  readonly replicas?: boolean;
}

/** True when `redis-server` can be started here. */
export const hasRedisServer = (): boolean => missingOf(redisSearch()) === undefined;

/** A Redis Cluster of a test's own: three masters, then their replicas. Its files go with it, and a killed node's data. */
export const startRedisCluster = (options: RedisClusterOptions = {}, ctx?: Context): Promise<RunningRedis> =>
  startRedis(
    {
      programs: programsOf(redisSearch()),
      dir: temporaryFolder("redis"),
      keep: false,
      masters: MASTERS,
      replicas: options.replicas === true ? 1 : 0,
    },
    ctx,
  );
