import type { RedisLink } from "../redis/redis-link.ts";
import type { RedisStrings } from "./redis-layer.ts";

/** The cache's commands on the connections to a Redis Cluster; each key lies on a node of its own. */
export function stringsOf(link: RedisLink): RedisStrings {
  const on = (key: string): string => link.key("cache", key);
  return {
    get: (key, ctx) =>
      link.command(
        { name: "cache get", key: on(key), repeatable: true },
        (client) => client.get(on(key)),
        ctx,
      ),
    async set(key, value, lifeMs, ctx) {
      const call = { name: "cache set", key: on(key), repeatable: true };
      await link.command(call, (client) => client.set(on(key), value, "PX", lifeMs), ctx);
    },
    async delete(key, ctx) {
      const call = { name: "cache delete", key: on(key), repeatable: true };
      await link.command(call, (client) => client.del(on(key)), ctx);
    },
  };
}
