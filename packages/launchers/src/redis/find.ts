import { onPath, versionOf } from "../programs.ts";
import type { Environment, Search } from "../programs.ts";

export interface RedisPrograms {
  /** Path of `redis-server`. */
  readonly server: string;
}

/** Sharded publish and subscribe came with it. */
const VERSION_MIN = 7;

/** `redis-server` on PATH. */
export function findRedis(env: Environment): Search<RedisPrograms> {
  const server = onPath(env, "redis-server");
  const version = server === undefined ? undefined : versionOf(server, ["--version"], /v=(\d+)/);
  if (server !== undefined && version !== undefined && version >= VERSION_MIN)
    return { programs: { server } };
  return {
    missing: [{ what: `redis-server ${VERSION_MIN} or newer`, how: "apt-get install redis-server" }],
  };
}
