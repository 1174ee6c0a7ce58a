import { after, before } from "node:test";
import { hasRedisServer, requireOrSkip, startRedisCluster } from "@barrage/testkit";
import type { RedisCluster, RedisClusterOptions } from "@barrage/testkit";
import { background } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { openRedis, REDIS_DEFAULTS } from "../../../src/index.ts";
import type { RedisLink, RedisSettings } from "../../../src/index.ts";

/** For `describe`: the suites of this folder need a Redis. */
export const needsRedis = requireOrSkip("redis-server", hasRedisServer());

export interface RedisFixture {
  readonly cluster: RedisCluster;
  /** Settings with a prefix that nobody else uses: an empty Redis for each test. */
  settings(more?: Partial<RedisSettings>): RedisSettings;
  link(more?: Partial<RedisSettings>, ctx?: Context): Promise<RedisLink>;
  /** Gives a slot to another master, as a resharding does once the slot's keys have gone over. */
  moveSlot(slot: number, from: number, to: number): Promise<void>;
  /** The nodes that follow a master. */
  replicasOf(master: number): Promise<readonly number[]>;
  /** Starts what was killed, and waits until every master has a replica that has all it has. */
  restore(): Promise<void>;
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
    async moveSlot(slot, from, to) {
      const { nodes, ask, until } = bound(running());
      const ids = nodes.map(({ id }) => id);
      await ask(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", ids[from] ?? "");
      await ask(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", ids[to] ?? "");
      for (const node of [to, from]) await ask(node, "CLUSTER", "SETSLOT", slot, "NODE", ids[to] ?? "");
      await until("the slot has moved", async () => {
        const seen = await Promise.all(nodes.keys().map((node) => ask(node, "CLUSTER", "NODES")));
        return seen.every((text) => !String(text).includes("->-") && !String(text).includes("-<-"));
      });
    },
    async replicasOf(master) {
      const { nodes, ask } = bound(running());
      const rows = String(await ask(master, "INFO", "replication")).matchAll(/slave\d+:ip=[^,]*,port=(\d+)/g);
      return [...rows].map(([, port]) => nodes.findIndex((node) => node.port === Number(port)));
    },
    async restore() {
      const { nodes, ask, start, until } = bound(running());
      for (const node of nodes.keys()) {
        try {
          await ask(node, "PING");
        } catch {
          await start(node);
        }
      }
      await until("every master has its replica again", async () => {
        const roles = await Promise.all(nodes.keys().map((node) => ask(node, "INFO", "replication")));
        const masters = roles.filter((role) => String(role).includes("role:master"));
        const whole = masters.filter((role) => String(role).includes("state=online"));
        const states = await Promise.all(nodes.keys().map((node) => ask(node, "CLUSTER", "INFO")));
        const ok = states.every((state) => String(state).includes("cluster_slots_ok:16384"));
        const isWhole = options.replicas === true ? whole.length === 3 : true;
        return ok && masters.length === 3 && isWhole;
      });
    },
    link: (more = {}, ctx = background) => openRedis(settings(more), ctx),
  };
}

/** Methods that survive being taken apart. */
const bound = (cluster: RedisCluster) => ({
  nodes: cluster.nodes,
  ask: cluster.ask.bind(cluster),
  start: cluster.start.bind(cluster),
  until: cluster.until.bind(cluster),
});
