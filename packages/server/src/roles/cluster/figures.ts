import type { NodeHealth, OutsideTotals } from "@barrage/cluster";

import type { ClusterSeries } from "../../telemetry/cluster-metrics.ts";
import { kafkaMissing } from "./dependencies.ts";
import type { RunningParts } from "./running-parts.ts";
import { redisMissing } from "./servers.ts";

type Series = ClusterSeries[keyof ClusterSeries];

const CIRCUITS = ["closed", "open", "probing"] as const;

/** What this process tells of the servers that it works with, and of its partitions. */
export function clusterSeries(parts: RunningParts): ClusterSeries {
  const { log, redis, postgres, feed, ingest } = parts;
  const { connections, lost, nodes } = redis.health;
  const pool = postgres.figures;
  return {
    barrage_dependency_up: [
      [{ service: "kafka" }, isUp(kafkaMissing(parts))],
      [{ service: "redis" }, isUp(redisMissing(redis))],
      [{ service: "postgres" }, isUp(postgres.health)],
    ],
    barrage_dependency_queue: [
      [{ service: "kafka" }, log.stats.queued],
      [{ service: "redis" }, nodes.reduce((sum, { waiting }) => sum + waiting, 0)],
      [{ service: "postgres" }, pool.waiting],
    ],
    barrage_dependency_connections: [
      [{ service: "redis", state: "ready" }, connections.ready],
      [{ service: "redis", state: "other" }, connections.other],
      [{ service: "postgres", state: "busy" }, pool.total - pool.idle],
      [{ service: "postgres", state: "idle" }, pool.idle],
    ],
    barrage_dependency_connections_lost_total: [
      [{ service: "redis" }, lost + (feed?.health.lost ?? 0)],
      [{ service: "postgres" }, pool.lost],
    ],
    ...callSeries({ kafka: log.calls, redis: redis.health, postgres: postgres.calls.health }),
    barrage_feed_channels: feed === undefined ? [] : channelsOf(feed.health),
    ...partitionSeries(parts),
    barrage_local_limits_total: ingest === undefined ? [] : [[{}, ingest.limits.localAnswers]],
  };
}

const isUp = (missing: string | undefined): number => (missing === undefined ? 1 : 0);

interface CallHealth {
  readonly nodes: readonly NodeHealth[];
  readonly totals: OutsideTotals;
}

function callSeries(services: Readonly<Record<string, CallHealth>>) {
  const all = Object.entries(services);
  return {
    barrage_dependency_circuits: all.flatMap(([service, { nodes }]) => circuitsOf(service, nodes)),
    barrage_dependency_calls_total: all.flatMap(([service, { totals }]) => callsOf(service, totals)),
  };
}

const circuitsOf = (service: string, nodes: readonly NodeHealth[]): Series =>
  CIRCUITS.map((state) => [{ service, state }, nodes.filter(({ circuit }) => circuit === state).length]);

const callsOf = (
  service: string,
  { calls, failures, retries, refusedOpen, refusedFull }: OutsideTotals,
): Series =>
  Object.entries({
    all: calls,
    failed: failures,
    retried: retries,
    refused_open: refusedOpen,
    refused_full: refusedFull,
  }).map(([outcome, count]) => [{ service, outcome }, count]);

const channelsOf = ({ channels, placed }: { channels: number; placed: number }): Series => [
  [{ state: "all" }, channels],
  [{ state: "placed" }, placed],
];

function partitionSeries({ router, archiver }: RunningParts) {
  const works = [router, archiver].flatMap((work) => (work === undefined ? [] : [work.figures]));
  const owned: Series = works.map(({ role, owned: of }) => [{ role }, of.length]);
  const lag: Series = works.flatMap(({ role, owned: of }) =>
    of.map(({ partition, behind }) => [{ role, partition: String(partition) }, behind] as const),
  );
  const takeovers: Series = works.map(({ role, takeovers: count }) => [{ role }, count]);
  const held: Series = router === undefined ? [] : [[{}, router.held.count]];
  const rewinds: Series = router === undefined ? [] : [[{}, router.rewinds]];
  return {
    barrage_partitions_owned: owned,
    barrage_partition_lag_records: lag,
    barrage_partition_takeovers_total: takeovers,
    barrage_partitions_held: held,
    barrage_window_rewinds_total: rewinds,
  };
}
