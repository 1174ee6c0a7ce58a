import { hostname } from "node:os";
import { z } from "zod";
import { section, setting } from "./setting.ts";

/** What a process of a cluster does; `all` is every one of them in one process. */
export const CLUSTER_ROLES = ["ingest", "router", "gateway", "archiver", "all"] as const;
export type ClusterRole = (typeof CLUSTER_ROLES)[number];

const ms = (min: number, max: number, standard: number, description: string) =>
  setting(z.int().min(min).max(max).default(standard), description, { unit: "ms" });
const text = (standard: string, description: string) =>
  setting(z.string().min(1).default(standard), description);
const optional = () => z.string().min(1).nullable().default(null);

const PORT_MAX = 65_535;

/** A host name or IPv4 address, or an IPv6 address in brackets, with its port. */
const ADDRESS = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/;
const isAddress = (address: string): boolean => {
  const port = Number(ADDRESS.exec(address)?.[1] ?? 0);
  return port >= 1 && port <= PORT_MAX;
};

const addresses = () =>
  z.array(z.string().refine(isAddress, "must be host:port with a port from 1 to 65535")).default([]);

/** Letters that every server takes in a name. */
const NAME = /^[A-Za-z0-9._-]{1,200}$/;
const name = () => z.string().regex(NAME, "must be 1 to 200 of A-Z a-z 0-9 . _ -");

const MEBIBYTE = 1_048_576;

const kafkaSection = section({
  brokers: setting(addresses(), "Some brokers (`host:port`); the others are found through them."),
  topic: setting(
    name().default("danmu_broadcast"),
    "Topic of the log; later epochs have their number behind a dot.",
  ),
  partitions: setting(
    z.int().min(1).max(10_000).default(12),
    "Partitions of the topic; never changes within an epoch.",
    { unit: "partitions" },
  ),
  epoch: setting(
    z.int().min(1).max(8_191).default(1),
    "Number of the topic: one more begins a new topic, for another number of partitions.",
    { unit: "epoch" },
  ),
  safety: setting(
    z.enum(["replicated", "development"]).default("replicated"),
    "With replicated a topic that could lose what was acknowledged is refused; development takes one broker without replicas.",
  ),
  createTopic: setting(z.boolean().default(true), "Makes the topic when it is missing."),
  lingerMs: ms(0, 1_000, 2, "Time that the first danmaku of a batch waits for others."),
  compression: setting(
    z.enum(["none", "gzip", "snappy", "lz4", "zstd"]).default("none"),
    "How batches are compressed.",
  ),
  maxAppends: setting(
    z.int().min(1).max(10_000_000).default(50_000),
    "Appends that may wait in one process; one more is refused.",
    { unit: "appends" },
  ),
  maxBytes: setting(
    z
      .int()
      .min(MEBIBYTE)
      .max(1_024 * MEBIBYTE)
      .default(32 * MEBIBYTE),
    "Bytes of the appends that may wait.",
    { unit: "bytes" },
  ),
  deliveryTimeoutMs: ms(
    500,
    120_000,
    8_000,
    "Time after which an append is answered 503: longer than a broker takes to be replaced, shorter than server.requestTimeoutMs.",
  ),
  requestTimeoutMs: ms(100, 60_000, 4_000, "Silence after which a broker counts as gone."),
  sessionTimeoutMs: ms(
    3_000,
    300_000,
    6_000,
    "Silence after which a router's or archiver's partitions go to others; who is back sooner has them still. The brokers take no less than their group.min.session.timeout.ms.",
  ),
  tls: setting(z.boolean().default(false), "Encrypts the connections to the brokers."),
  tlsCa: setting(
    optional(),
    "PEM file with the authority that signed the brokers' certificates; absent: the system's.",
  ),
  saslMechanism: setting(
    z.enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]).nullable().default(null),
    "How this process says to the brokers who it is; absent: not at all.",
  ),
  saslUsername: setting(optional(), "User name for the brokers."),
  saslPassword: setting(optional(), "Password for the brokers.", { secret: true }),
});

const redisSection = section({
  nodes: setting(addresses(), "Some nodes of the Redis Cluster (`host:port`); it tells of the others."),
  prefix: text("barrage:", "Begins every key and channel: two sites never share one."),
  username: setting(optional(), "User name for the nodes."),
  password: setting(optional(), "Password for the nodes.", { secret: true }),
  tls: setting(z.boolean().default(false), "Encrypts the connections to the nodes."),
  connections: setting(
    z.int().min(1).max(64).default(2),
    "Connections to each node, besides the one for the feed.",
    { unit: "connections" },
  ),
  timeoutMs: ms(
    50,
    60_000,
    1_000,
    "Time that one command may take; a node that fails too often is left alone until it answers again, a minute at most.",
  ),
  heldMax: setting(
    z.int().min(1).max(1_000_000).default(10_000),
    "Danmaku of one room that may wait for a moderator.",
    { unit: "danmaku" },
  ),
});

const postgresSection = section({
  url: setting(
    optional(),
    "Database of archive, room catalogue and audit log: `postgresql://user:password@host:5432/database`.",
    { secret: true },
  ),
  connections: setting(
    z.int().min(1).max(256).default(8),
    "Connections that are open at the same time, the monitor's own not counted.",
    { unit: "connections" },
  ),
});

/** Kafka, Redis Cluster and PostgreSQL, and what this process does on them. */
export const clusterSection = section({
  role: setting(
    z.enum(["embedded", ...CLUSTER_ROLES]).default("embedded"),
    "What this process does in a cluster; embedded is the whole server by itself, on one machine.",
  ),
  instanceId: setting(
    name().nullable().default(null),
    "Name of this process among those of its role; the same after a restart, so that it finds its partitions. Absent: host name and role.",
  ),
  startWaitMs: ms(
    0,
    3_600_000,
    60_000,
    "Time that a start waits for Kafka and Redis before it gives up; PostgreSQL is not waited for.",
  ),
  supervised: setting(
    z.boolean().default(true),
    "A small process of its own starts the role again, under the same name, when it ends unasked.",
  ),
  spare: setting(
    z.boolean().default(true),
    "That process keeps one more loaded, which takes the place of one that ends: it is replaced sooner, for the memory of one more.",
  ),
  kafka: kafkaSection,
  redis: redisSection,
  postgres: postgresSection,
});

type Cluster = z.output<typeof clusterSection>;

/** The name that this process has in groups, and beside others of its role. */
export const instanceIdOf = ({ instanceId, role }: Pick<Cluster, "instanceId" | "role">): string =>
  instanceId ?? `${hostname()}-${role}`;
