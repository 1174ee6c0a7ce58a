/**
 * How long from a danmaku's send to every screen, through real Kafka and Redis? Barrage by role and all that it runs on, on
 * this machine: Kafka, Redis Cluster, PostgreSQL, ingest, router, gateway, archiver and the load generator. Danmaku are
 * published at the ingest role over HTTP and watched at the gateway; latency counts from the moment each send was due, in
 * every second of the run, those too in which the generator's own event loop was late.
 *
 *   node bench/macro/cluster/live.ts [--rate 2000] [--rooms 10] [--viewers 200] [--seconds 30] [--warm-up 10] [--full]
 *     [--search] [--window 10] [--window-max 10] [--bar 43] [--protocol barrage.v1] [--flag --engine.x=y] [--json FILE]
 *
 * Viewers are those of each room; the rate is that of all rooms together. The bar (ms, p95) is for one broker and three
 * masters without replicas; `--full` has three brokers and a replica of each master, and no bar. `--search` looks for the
 * highest rate up to the one asked for that keeps the bar's latency with nothing lost. The window is a floor; up to
 * `--window-max` ms the gateway's processor time decides.
 *
 * Ends with code 1 when the bar is missed, a delivery is missing, doubled or out of order, the ledger does not account for
 * every record, or the generator did not keep up.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { loopbackSources, ms, numberedRooms, planOf } from "@barrage/load";
import type { LoadPlan, LoadReport } from "@barrage/load";
import { judgedLine } from "../../load/bars.ts";
import { costsOf, splitTable } from "../../load/cluster/cpu-split.ts";
import type { Split } from "../../load/cluster/cpu-split.ts";
import { judgeLive } from "../../load/cluster/live-bar.ts";
import { startCluster } from "../../load/cluster/role-servers.ts";
import { TOPOLOGIES } from "../../load/cluster/outside-servers.ts";
import { drive } from "../../load/drive.ts";
import { effortLine } from "../../load/effort.ts";
import type { Effort } from "../../load/effort.ts";
import { highestRate } from "../../load/highest-rate.ts";
import type { Trial } from "../../load/highest-rate.ts";
import { latencyTable } from "../../load/latency-table.ts";
import { runFaults } from "../../load/run-faults.ts";
import { ledgerFaults, ledgerIn, ledgerLine, metricsPage, windowIn } from "../../load/server-ledger.ts";
import type { ServerLedger } from "../../load/server-ledger.ts";

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "2000" },
    rooms: { type: "string", default: "10" },
    viewers: { type: "string", default: "200" },
    seconds: { type: "string", default: "30" },
    "warm-up": { type: "string", default: "10" },
    full: { type: "boolean", default: false },
    search: { type: "boolean", default: false },
    window: { type: "string", default: "10" },
    "window-max": { type: "string", default: "10" },
    bar: { type: "string", default: "43" },
    protocol: { type: "string", default: "barrage.v1" },
    partitions: { type: "string", default: "12" },
    flag: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
  },
});
const [rate, rooms, viewers, seconds, warmUp, bar] = [
  values.rate,
  values.rooms,
  values.viewers,
  values.seconds,
  values["warm-up"],
  values.bar,
].map(Number) as [number, number, number, number, number, number];
const topology = values.full ? "full" : "small";

const USERS = 200;
/** Halvings of the gap between the rates that hold and those that do not. */
const HALVINGS = 3;
const CONNECT_PER_SECOND = 500;
const SEED = 1;

interface Measured {
  readonly rate: number;
  readonly report: LoadReport;
  readonly effort: Effort;
  readonly split: Split;
  readonly ledger: ServerLedger;
  readonly windowMs: number;
  readonly faults: readonly string[];
}

await using cluster = await startCluster({
  topology,
  partitions: Number(values.partitions),
  window: { minMs: Number(values.window), maxMs: Number(values["window-max"]) },
  flags: values.flag,
});
const { gateway, ingest } = cluster.roles;
let runs = 0;
/** What the generator received in all runs so far: the gateway's ledger has them all. */
let received = 0;

function plan(name: string, perSecond: number, length: number): LoadPlan {
  const run = `${name}${(runs += 1)}`;
  const all = rooms * viewers;
  const choice = { protocol: values.protocol, host: gateway.host, port: gateway.port, run, seed: SEED };
  return {
    ...planOf("live-room", { ...choice, viewers: all, rate: perSecond, seconds: length, users: USERS }),
    rooms: numberedRooms(rooms, run),
    connectPerSecond: CONNECT_PER_SECOND,
    sources: loopbackSources(gateway.host, all),
    publishAt: { host: ingest.host, port: ingest.port },
  };
}

async function measure(perSecond: number): Promise<Measured> {
  const warmUps = warmUp > 0 ? [plan("warm", perSecond, warmUp)] : [];
  const {
    report,
    effort,
    cpuOf,
    seconds: took,
  } = await drive(cluster.whole, [...warmUps, plan("live", perSecond, seconds)]);
  const page = await metricsPage(gateway);
  const ledger = ledgerIn(page);
  received += report.delivered;
  const { published, delivered } = report;
  const { generatorCpu, othersCpu } = effort;
  const split = { cpuOf, generatorCpu, othersCpu, seconds: took, published, delivered };
  const isWithinBar = report.latenciesWithInvalid.delivery.p95 <= bar;
  const faults = [...ledgerFaults(ledger, received), ...runFaults(report, isWithinBar)];
  return { rate: perSecond, report, effort, split, ledger, windowMs: windowIn(page), faults };
}

function print({ rate: perSecond, report, effort, split, ledger, windowMs, faults }: Measured): void {
  const { latenciesWithInvalid: latencies, audience, published } = report;
  console.log(`\n${perSecond} danmaku/s over ${rooms} rooms of ${viewers} viewers, ${seconds} s`);
  console.log(latencyTable(latencies));
  console.log(splitTable(split));
  console.log(effortLine(effort));
  const window = Number.isFinite(windowMs) ? `${windowMs} ms` : "not told";
  console.log(
    `published ${published}, delivered ${audience.received} of ${audience.expected}; window in force ${window}`,
  );
  console.log(ledgerLine(ledger));
  console.log(faults.length === 0 ? "all checks hold" : `FAILED: ${faults.join("; ")}`);
}

async function attempt(perSecond: number): Promise<Trial<Measured>> {
  const outcome = await measure(perSecond);
  print(outcome);
  const { p95 } = outcome.report.latenciesWithInvalid.delivery;
  const [failure = p95 > bar ? `p95 ${ms(p95)} ms` : undefined] = outcome.faults;
  return { rate: perSecond, failure, outcome };
}

console.log(
  `${TOPOLOGIES[topology].says}; ${values.partitions} partitions; ${cpus().length} cores (${cpus()[0]?.model ?? "?"}), ` +
    `Node ${process.version}, load average ${loadavg()
      .map((one) => one.toFixed(1))
      .join(" ")}`,
);
const asked = await attempt(rate);
const found =
  values.search && asked.failure !== undefined
    ? (await highestRate({ top: rate - 1, start: Math.round(rate / 2), halvings: HALVINGS }, attempt)).held
    : undefined;
if (found !== undefined)
  console.log(
    `\nholds ${found.rate}/s with p95 ${ms(found.outcome.report.latenciesWithInvalid.delivery.p95)} ms`,
  );
const { delivery } = asked.outcome.report.latenciesWithInvalid;
const bars = topology === "small" ? [judgeLive(delivery.p95, asked.outcome.faults, { rate, bar })] : [];
for (const judged of bars) console.log(judgedLine(judged));
if (values.json !== undefined) {
  const costs = costsOf(asked.outcome.split);
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model, node: process.version };
  const result = { topology, machine, asked: asked.outcome, found: found?.outcome, costs, bars };
  writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
}
if (asked.outcome.faults.length > 0 || bars.some(({ holds }) => holds === false)) process.exitCode = 1;
