import type * as Cluster from "@barrage/cluster";
import { provider, unlessCancelled } from "@barrage/kernel";
import type { Context, Needed, Needs } from "@barrage/kernel";
import type * as Postgres from "@barrage/store-postgres";
import { instanceIdOf } from "../../config/cluster-section.ts";
import { serverError } from "../../errors.ts";
import type { House } from "../house.ts";
import { PostgresCalls } from "./postgres-calls.ts";
import { awaitServer } from "./await-server.ts";
import type { AwaitOptions } from "./await-server.ts";
import { kafkaOptionsOf, redisSettingsOf } from "./settings.ts";

/** What a process of a cluster is made from. */
export interface Ground {
  readonly house: House;
  /** Loaded only in a cluster: the embedded server starts without them. */
  readonly cluster: typeof Cluster;
  readonly postgres: typeof Postgres;
}

/** The store, and the circuit of its server. */
export type GuardedPostgres = Postgres.PostgresStore & { readonly calls: PostgresCalls };

/** Groups of the log's members: a new epoch of it begins when both have passed the one before. */
export const ROUTER_GROUP = "router";
export const ARCHIVER_GROUP = "archiver";

const HOUR_MS = 3_600_000;

/** What speaks to the three servers. To be called early by who will need it soon: the second time costs nothing. */
export async function loadClusterCode(): Promise<Omit<Ground, "house">> {
  const [cluster, postgres] = await Promise.all([
    import("@barrage/cluster"),
    import("@barrage/store-postgres"),
  ]);
  return { cluster, postgres };
}

/** Kafka, the Redis Cluster and PostgreSQL, as far as a role needs them; nothing is opened before that role starts. */
export function serversOf(ground: () => Ground) {
  const redis = provider({
    name: "Redis Cluster",
    start: (_, ctx) => openRedis(ground(), ctx),
    stop: (link) => link.close(),
    health: redisMissing,
  });
  const erased = provider({
    name: "erased users",
    needs: { redis },
    start(needs, ctx) {
      const { house, cluster } = ground();
      return unlessCancelled(cluster.RedisErased.open(needs.redis, house.scope.context), ctx);
    },
    stop: (users) => users[Symbol.asyncDispose](),
  });
  const log = provider({
    name: "Kafka",
    needs: { redis, erased },
    start: (needs, ctx) => openLog(ground(), needs, ctx),
    stop: (opened) => opened.close(),
    health: (opened) => opened.stats.failed,
  });
  const postgres = provider({
    name: "PostgreSQL",
    start: () => openPostgres(ground()),
    stop: (store) => store.close(),
    health: (store) => store.health,
  });
  return { redis, erased, log, postgres };
}

export type Servers = ReturnType<typeof serversOf>;

/** What some of a group of providers have made. */
export type Started<G extends Needs, K extends keyof G> = Pick<Needed<G>, K>;

/** Every connection is gone: single nodes are the cluster's own affair. */
export const redisMissing = ({ health }: Pick<Cluster.RedisLink, "health">): string | undefined =>
  health.connections.ready === 0 ? "no node of the Redis Cluster is connected" : undefined;

const waitingFor = (service: string, { config, log }: House): AwaitOptions => ({
  service,
  withinMs: config.cluster.startWaitMs,
  log,
});

function openRedis({ house, cluster }: Ground, ctx: Context): Promise<Cluster.RedisLink> {
  const settings = redisSettingsOf(house.config.cluster, cluster.REDIS_DEFAULTS);
  return awaitServer((own) => cluster.openRedis(settings, own), waitingFor("Redis", house), ctx);
}

function openLog(
  { house, cluster }: Ground,
  { redis, erased }: { readonly redis: Cluster.RedisLink; readonly erased: Cluster.RedisErased },
  ctx: Context,
): Promise<Cluster.KafkaLog> {
  const { store, cluster: settings } = house.config;
  const lifeMs = store.retention.keyHours * HOUR_MS;
  const { heldMax: roomMax } = settings.redis;
  const keys = new cluster.RedisKeys(redis, { lifeMs });
  const held = new cluster.RedisHeld(redis, { roomMax, releasedLifeMs: lifeMs });
  const options = {
    ...kafkaOptionsOf(settings),
    clientId: `barrage-${instanceIdOf(settings)}`,
    group: ROUTER_GROUP,
    otherGroups: [ARCHIVER_GROUP],
    stores: { keys, held, erased },
  };
  return awaitServer((own) => cluster.KafkaLog.open(options, own), waitingFor("Kafka", house), ctx);
}

function openPostgres({ house, cluster, postgres }: Ground): GuardedPostgres {
  const { config, log, scope } = house;
  const { url, connections } = config.cluster.postgres;
  // The rules between the settings have seen to it.
  if (url === null) throw serverError("SERVER_CONFIG_INVALID", { problems: "cluster.postgres.url" });
  const pool = { max: connections, min: Math.min(connections, postgres.POOL_DEFAULTS.min) };
  const calls = new PostgresCalls({ cluster, postgres, node: hostOf(url), connections });
  const store = postgres.openPostgresStore(
    {
      url,
      guard: calls,
      applicationName: `barrage ${instanceIdOf(config.cluster)}`,
      pool,
      onEvent(event) {
        const { level, message, code, fields } = postgres.postgresLine(event);
        log[level]({ code, ...fields }, message);
      },
    },
    scope.context,
  );
  // Not spread: what it tells of itself is read anew each time.
  return Object.assign(store, { calls });
}

/** What is no address is refused by the store, which says what one looks like. */
const hostOf = (url: string): string => (URL.canParse(url) && new URL(url).host) || "PostgreSQL";
