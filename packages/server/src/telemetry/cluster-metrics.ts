import { Gauge, Registry } from "prom-client";
import type { MetricSpec } from "./metric-table.ts";

/** Metrics of a process of a cluster, beside those that every process has. */
export const CLUSTER_METRICS = {
  barrage_dependency_up: {
    kind: "gauge",
    help: "1 while the server that this process works with is there: kafka, redis or postgres.",
    labels: ["service"],
  },
  barrage_dependency_queue: {
    kind: "gauge",
    help: "Calls or records that wait for the server.",
    labels: ["service"],
  },
  barrage_dependency_connections: {
    kind: "gauge",
    help: "Connections to the server, by state: ready (redis), busy and idle (postgres), or other.",
    labels: ["service", "state"],
  },
  barrage_dependency_connections_lost_total: {
    kind: "counter",
    help: "Connections to the server that broke.",
    labels: ["service"],
  },
  barrage_dependency_circuits: {
    kind: "gauge",
    help: "Nodes of the server by the state of their circuit breaker: closed, open or probing.",
    labels: ["service", "state"],
  },
  barrage_dependency_calls_total: {
    kind: "counter",
    help: "Calls of the server, by outcome: all, failed, retried, refused_open and refused_full (not sent).",
    labels: ["service", "outcome"],
  },
  barrage_feed_channels: {
    kind: "gauge",
    help: "Rooms whose batches this process gets from Redis: all, and those that a connection is there for.",
    labels: ["state"],
  },
  barrage_partitions_owned: {
    kind: "gauge",
    help: "Partitions of the log that this process works on.",
    labels: ["role"],
  },
  barrage_partition_lag_records: {
    kind: "gauge",
    help: "Records that the partition has and its router or archiver has not committed.",
    labels: ["role", "partition"],
  },
  barrage_partitions_held: {
    kind: "gauge",
    help: "Partitions routed here that stand still until a room of theirs can be learned of.",
    labels: [],
  },
  barrage_partition_takeovers_total: {
    kind: "counter",
    help: "Partitions that came to this process.",
    labels: ["role"],
  },
  barrage_window_rewinds_total: {
    kind: "counter",
    help: "Rooms that were filled again from the log because Redis had lost writes.",
    labels: [],
  },
  barrage_role_restarts_total: {
    kind: "counter",
    help: "Processes that were in this one's place before, since their supervisor started.",
    labels: [],
  },
  barrage_local_limits_total: {
    kind: "counter",
    help: "Limits that this process kept by itself because Redis was away.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type ClusterMetricName = keyof typeof CLUSTER_METRICS;

type Labels = Readonly<Record<string, string>>;
type Values = readonly (readonly [labels: Labels, value: number])[];
/** What is known of this process from outside. */
type Told = "barrage_role_restarts_total";
/** The values of each metric now; one without any is left out of the page. */
export type ClusterSeries = Readonly<Record<Exclude<ClusterMetricName, Told>, Values>>;

/**
 * Prometheus' text form. Counts are kept elsewhere, so a counter is set like a gauge and told as what it is.
 */
export async function clusterMetricsText(known: ClusterSeries, restarts = 0): Promise<string> {
  const series: Readonly<Record<ClusterMetricName, Values>> = {
    ...known,
    barrage_role_restarts_total: [[{}, restarts]],
  };
  const registry = new Registry();
  for (const [name, { help, labels }] of Object.entries<MetricSpec>(CLUSTER_METRICS)) {
    const gauge = new Gauge({ name, help, labelNames: [...labels], registers: [registry] });
    for (const [values, value] of series[name as ClusterMetricName]) gauge.set(values, value);
  }
  const text = await registry.metrics();
  return text.replaceAll(/^# TYPE (\S+_total) gauge$/gm, "# TYPE $1 counter");
}
