import { FLEET_METRICS } from "../supervisor/fleet-metrics.ts";
import { CLUSTER_METRICS } from "./cluster-metrics.ts";
import { METRICS } from "./metric-table.ts";
import type { MetricSpec } from "./metric-table.ts";

const HEAD = `| metric | kind | labels | meaning |
| --- | --- | --- | --- |`;

const rows = (table: Readonly<Record<string, MetricSpec>>): string =>
  Object.entries(table)
    .map(([name, { kind, labels, help }]) => `| \`${name}\` | ${kind} | ${labels.join(", ")} | ${help} |`)
    .join("\n");

/** The page docs/reference/metrics.md. */
export function metricsReference(): string {
  return `# Metrics

Everything at \`/metrics\`, from the table in \`packages/server/src/telemetry/metric-table.ts\`. Times are in seconds.

${HEAD}
${rows(METRICS)}

## Several processes

With \`--workers\` the figures above are those of all processes together, whichever of them answers: counts are summed
and never fall when a process ends; gauges are summed over the processes that are there, except that the largest counts
of delays, windows and peaks, and the smallest of \`barrage_ready\`. Beside them:

${HEAD}
${rows(FLEET_METRICS)}

## A role of a cluster

A process with \`--role\` tells of itself alone, and beside its part of the figures above:

${HEAD}
${rows(CLUSTER_METRICS)}
`;
}
