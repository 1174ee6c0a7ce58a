import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CLUSTER_METRICS, metricsReference } from "@barrage/server";
import { clusterMetricsText } from "../../src/telemetry/cluster-metrics.ts";
import type { ClusterSeries } from "../../src/telemetry/cluster-metrics.ts";

const NAMES = Object.keys(CLUSTER_METRICS);
const NOTHING = Object.fromEntries(NAMES.map((name) => [name, []])) as unknown as ClusterSeries;

describe("the metrics of a cluster", () => {
  it("[CR-22] have a row each in the reference page, and are told as what they are", async () => {
    const text = await clusterMetricsText({
      ...NOTHING,
      barrage_dependency_up: [[{ service: "kafka" }, 1]],
      barrage_window_rewinds_total: [[{}, 3]],
    });

    const told = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
    const table = Object.entries(CLUSTER_METRICS).map(([name, { kind }]) => `${name} ${kind}`);
    assert.deepEqual(told.sort(), table.sort());
    assert.match(text, /^barrage_dependency_up\{service="kafka"\} 1$/m);
    assert.match(text, /^barrage_window_rewinds_total 3$/m);
    const page = metricsReference();
    for (const name of NAMES) assert.equal(page.split(`| \`${name}\` |`).length, 2, name);
  });

  it("[CR-55] tell how many processes were in this one's place before, none where nobody supervises", async () => {
    assert.match(await clusterMetricsText(NOTHING, 3), /^barrage_role_restarts_total 3$/m);
    assert.match(await clusterMetricsText(NOTHING), /^barrage_role_restarts_total 0$/m);
  });
});
