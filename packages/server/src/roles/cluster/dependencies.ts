import type * as Cluster from "@barrage/cluster";
import type { ClusterRole } from "../../config/cluster-section.ts";
import type { Dependency } from "../fitness.ts";
import type { RunningParts } from "./running-parts.ts";
import { redisMissing } from "./servers.ts";

/** Servers without which no work may be sent to a process of the role; without the others it goes on for a time. */
export const NEEDED: Readonly<Record<ClusterRole, ReadonlySet<"kafka" | "redis" | "postgres">>> = {
  ingest: new Set(["kafka"]),
  router: new Set(["kafka", "redis"]),
  gateway: new Set(["redis"]),
  archiver: new Set(["kafka", "postgres"]),
  all: new Set(["kafka", "redis"]),
};

/** Why Kafka takes or gives nothing; undefined while it does. */
export const kafkaMissing = ({ log, probe }: Pick<RunningParts, "log" | "probe">): string | undefined =>
  log.stats.failed ?? probe.away;

/** What readiness looks at. */
export function dependenciesOf(
  role: ClusterRole,
  parts: RunningParts,
  { RedisDependency }: Pick<typeof Cluster, "RedisDependency">,
): readonly Dependency[] {
  const { redis, feed, postgres } = parts;
  const isNeeded = (name: "kafka" | "redis" | "postgres"): boolean => NEEDED[role].has(name);
  const whole = new RedisDependency(redis, feed);
  return [
    { name: "kafka", isNeeded: isNeeded("kafka"), missing: () => kafkaMissing(parts) },
    { name: "redis", isNeeded: isNeeded("redis"), missing: () => redisMissing(redis) },
    // Some of its nodes: their rooms wait, and those of the others go on.
    {
      name: "redis nodes",
      isNeeded: false,
      missing: () => (redisMissing(redis) === undefined ? whole.health : undefined),
    },
    { name: "postgres", isNeeded: isNeeded("postgres"), missing: () => postgres.health },
    // It waits for Redis or PostgreSQL, and goes on by itself: to send its role no work helps nobody.
    { name: "partitions", isNeeded: false, missing: () => parts.router?.held.reason },
    { name: "router", isNeeded: true, missing: () => parts.router?.trouble },
    { name: "archiver", isNeeded: true, missing: () => parts.archiver?.trouble },
  ];
}
