/**
 * How many danmaku a second does the ingest role take over HTTP, with acks = all? First at steady rates (open model: latency
 * counts from the moment each send was due; one viewer in each room sees that all that was acknowledged arrives), then by so
 * many senders that each wait for their answer (closed loop: the most it takes). All roles, Kafka, Redis and PostgreSQL run
 * on this machine, and so does the generator.
 *
 *   node bench/macro/cluster/ingest.ts [--rates 500,1000,2000,4000] [--closed 1,8,32,128] [--seconds 10] [--rooms 10]
 *     [--full] [--partitions 12] [--json FILE]
 *
 * `--full`: three brokers, min.insync.replicas 2, a replica of each Redis master. Ends with code 1 when a publish was refused,
 * a delivery is missing, the ledger does not account for every record, or the generator did not keep up.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { numberedRooms, planOf } from "@barrage/load";
import type { Counts, LatencySummary, LoadPlan } from "@barrage/load";
import { splitTable } from "../../load/cluster/cpu-split.ts";
import type { Split } from "../../load/cluster/cpu-split.ts";
import { TOPOLOGIES } from "../../load/cluster/outside-servers.ts";
import { startCluster } from "../../load/cluster/role-servers.ts";
import { drive, driveClosed } from "../../load/drive.ts";
import type { Driven } from "../../load/drive.ts";
import { percent } from "../../load/effort.ts";
import { LATENCY_HEADING, latencyCells } from "../../load/latency-table.ts";
import { runFaults } from "../../load/run-faults.ts";
import { ledgerFaults, ledgerLine, serverLedger } from "../../load/server-ledger.ts";
import { table } from "../../load/table.ts";

const { values } = parseArgs({
  options: {
    rates: { type: "string", default: "500,1000,2000,4000" },
    closed: { type: "string", default: "1,8,32,128" },
    seconds: { type: "string", default: "10" },
    rooms: { type: "string", default: "10" },
    partitions: { type: "string", default: "12" },
    full: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const numbers = (text: string): readonly number[] => (text === "" ? [] : text.split(",").map(Number));
const [seconds, rooms] = [Number(values.seconds), Number(values.rooms)];
const topology = values.full ? "full" : "small";

const USERS = 200;
const WARM_UP = { rate: 200, seconds: 3 } as const;
const LANES = 128;

interface Step {
  readonly name: string;
  readonly acked: number;
  readonly perSecond: number;
  readonly ack: LatencySummary;
  readonly refused: Counts;
  readonly split: Split;
  readonly received: number;
  readonly faults: readonly string[];
}

await using cluster = await startCluster({
  topology,
  partitions: Number(values.partitions),
  window: { minMs: 10, maxMs: 250 },
});
const { gateway, ingest } = cluster.roles;
/** The same processes, met where danmaku are published. */
const published = { ...cluster.whole, host: ingest.host, port: ingest.port };
let runs = 0;

function plan(rate: number, length: number): LoadPlan {
  const run = `ingest${(runs += 1)}`;
  const choice = { protocol: "barrage", host: gateway.host, port: gateway.port, run, seed: 1, users: USERS };
  return {
    ...planOf("live-room", { ...choice, viewers: rooms, rate, seconds: length }),
    rooms: numberedRooms(rooms, run),
    lanes: LANES,
    publishAt: { host: ingest.host, port: ingest.port },
  };
}

const splitOf = ({ cpuOf, effort, seconds: took }: Driven, acked: number, delivered: number): Split => {
  const { generatorCpu, othersCpu } = effort;
  return { cpuOf, generatorCpu, othersCpu, seconds: took, published: acked, delivered };
};

async function openStep(rate: number): Promise<Step> {
  const driven = await drive(cluster.whole, [plan(WARM_UP.rate, WARM_UP.seconds), plan(rate, seconds)]);
  const { report } = driven;
  // What is answered after the schedule's seconds came late.
  const inTime = report.timeline.filter(({ second }) => second >= 0 && second < seconds);
  return {
    name: `open ${rate}/s`,
    acked: report.acked,
    perSecond: inTime.reduce((sum, { acked }) => sum + acked, 0) / seconds,
    ack: report.latenciesWithInvalid.ack,
    refused: report.refused,
    split: splitOf(driven, report.acked, report.delivered),
    received: report.delivered,
    // All seconds are counted, and an event loop that is late makes an answer's time longer, never shorter.
    faults: runFaults(report, true),
  };
}

async function closedStep(senders: number): Promise<Step> {
  const loop = { senders, seconds, users: USERS, rooms: numberedRooms(rooms, "closed") };
  const driven = await driveClosed(published, loop);
  const { ack, refused, seconds: took } = driven.result;
  return {
    name: `closed ${senders}`,
    acked: ack.count,
    perSecond: ack.count / took,
    ack,
    refused,
    split: splitOf(driven, ack.count, 0),
    received: 0,
    faults: Object.keys(refused).length === 0 ? [] : [`refused: ${JSON.stringify(refused)}`],
  };
}

function rowOf({ name, acked, perSecond, ack, split }: Step): readonly (string | number)[] {
  const { cpuOf, seconds: took, generatorCpu } = split;
  const ofIngest = cpuOf["ingest"] ?? 0;
  const all = Object.values(cpuOf).reduce((sum, used) => sum + used, 0);
  return [
    name,
    Math.round(perSecond),
    ...latencyCells(ack),
    percent(ofIngest / took),
    ((ofIngest * 1e6) / acked).toFixed(0),
    percent(all / took),
    percent(generatorCpu),
  ];
}

const HEADING = ["load", "acks/s", ...LATENCY_HEADING, "ingest CPU", "us each", "all servers", "generator"];

console.log(`${TOPOLOGIES[topology].says}; ${values.partitions} partitions; ${rooms} rooms; acks = all`);
const steps: Step[] = [];
for (const rate of numbers(values.rates)) steps.push(await openStep(rate));
for (const senders of numbers(values.closed)) steps.push(await closedStep(senders));
const ledger = await serverLedger(gateway);
const unaccounted = ledgerFaults(
  ledger,
  steps.reduce((sum, { received }) => sum + received, 0),
);
console.log(table(HEADING, steps.map(rowOf)));
const busiest = steps.toSorted((a, b) => b.perSecond - a.perSecond)[0];
if (busiest !== undefined) console.log(`\n${busiest.name}:\n${splitTable(busiest.split)}`);
console.log(ledgerLine(ledger));
const failures = [
  ...unaccounted,
  ...steps.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`)),
];
for (const failure of failures) console.log(`FAILED: ${failure}`);
if (failures.length === 0) console.log("all checks hold");
if (values.json !== undefined) {
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model, node: process.version };
  writeFileSync(
    values.json,
    `${JSON.stringify({ topology, machine, steps, ledger, failures }, undefined, 2)}\n`,
  );
}
if (failures.length > 0) process.exitCode = 1;
