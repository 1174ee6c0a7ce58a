import type { CrossRule } from "./cross-rule.ts";
import type { ServerConfig } from "./schema.ts";

const inCluster = ({ cluster }: ServerConfig): boolean => cluster.role !== "embedded";

/** A server that every role needs. */
const needed = (path: string, isGiven: (cluster: ServerConfig["cluster"]) => boolean): CrossRule => ({
  paths: [path, "cluster.role"],
  check: (config) =>
    inCluster(config) && !isGiven(config.cluster)
      ? `must be set for the role ${config.cluster.role}`
      : undefined,
});

/** What belongs to the server that is whole by itself. */
const embeddedOnly = (path: string, isGiven: (config: ServerConfig) => boolean): CrossRule => ({
  paths: [path, "cluster.role"],
  check: (config) =>
    inCluster(config) && isGiven(config)
      ? `goes with the embedded server only, and cluster.role is ${config.cluster.role}`
      : undefined,
});

/** Rules between the settings of a cluster. */
export const CLUSTER_RULES: readonly CrossRule[] = [
  needed("cluster.kafka.brokers", ({ kafka }) => kafka.brokers.length > 0),
  needed("cluster.redis.nodes", ({ redis }) => redis.nodes.length > 0),
  needed("cluster.postgres.url", ({ postgres }) => postgres.url !== null),
  embeddedOnly("workers.count", ({ workers }) => workers.count !== null),
  embeddedOnly("demo", ({ demo }) => demo),
  {
    // Otherwise a role that was forgotten would make a server of its own, with a log that nobody else reads.
    paths: ["cluster.role", "cluster.kafka.brokers"],
    check: ({ cluster }) =>
      cluster.role === "embedded" && cluster.kafka.brokers.length > 0
        ? "must be named where cluster.kafka.brokers is set: ingest, router, gateway, archiver or all"
        : undefined,
  },
  {
    paths: ["cluster.kafka.safety", "mode"],
    check: ({ cluster, mode }) =>
      mode === "production" && cluster.kafka.safety === "development"
        ? "must be replicated in production"
        : undefined,
  },
  {
    paths: ["cluster.kafka.saslMechanism", "cluster.kafka.saslUsername", "cluster.kafka.saslPassword"],
    check: ({ cluster: { kafka } }) => {
      const given = [kafka.saslMechanism, kafka.saslUsername, kafka.saslPassword].filter(
        (one) => one !== null,
      );
      return given.length === 0 || given.length === 3
        ? undefined
        : "and saslUsername and saslPassword must be set together, or none";
    },
  },
  {
    paths: ["cluster.kafka.tlsCa", "cluster.kafka.tls"],
    check: ({ cluster: { kafka } }) =>
      kafka.tlsCa !== null && !kafka.tls ? "goes with cluster.kafka.tls only" : undefined,
  },
];
