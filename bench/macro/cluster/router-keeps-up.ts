/**
 * How many bytes a second may be produced so that the router keeps up? A producer appends danmaku straight to the log, as
 * many ingest roles would; the router folds them, writes windows and publishes batches; the archiver follows too. The lag is
 * what the brokers say: records that the router's group has not committed. A rate holds when in the second half of the run
 * the lag stays under one second of the rate, does not grow by more than 0.2 s of it, and is gone soon after the end. One of
 * the rooms is watched at the gateway: its viewer must have every record, in order.
 *
 *   node bench/macro/cluster/router-keeps-up.ts [--start 2000] [--top 50000] [--halvings 3] [--seconds 10] [--rooms 10]
 *     [--characters 20] [--partitions 12] [--full] [--json FILE]
 *
 * All servers and the producer are on this machine. Ends with code 1 when no rate holds, the viewer missed a record, or the
 * ledger does not account for every record.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { background, sleep } from "@barrage/kernel";
import { numberedRooms, protocolNamed } from "@barrage/load";
import { splitTable } from "../../load/cluster/cpu-split.ts";
import type { Split } from "../../load/cluster/cpu-split.ts";
import { KafkaOffsets } from "../../load/cluster/kafka-offsets.ts";
import { judgeLag } from "../../load/cluster/lag.ts";
import type { LagSample, LagVerdict } from "../../load/cluster/lag.ts";
import type { ProducerJob, ProducerTold } from "../../load/cluster/log-producer.ts";
import { TOPOLOGIES } from "../../load/cluster/outside-servers.ts";
import { startCluster } from "../../load/cluster/role-servers.ts";
import { watchRoom } from "../../load/cluster/watcher.ts";
import { meterServer, percent } from "../../load/effort.ts";
import { grownCpu } from "../../load/drive.ts";
import { highestRate } from "../../load/highest-rate.ts";
import type { Trial } from "../../load/highest-rate.ts";
import { ledgerFaults, ledgerLine, serverLedger } from "../../load/server-ledger.ts";
import { table } from "../../load/table.ts";

const { values } = parseArgs({
  options: {
    start: { type: "string", default: "2000" },
    top: { type: "string", default: "50000" },
    halvings: { type: "string", default: "3" },
    seconds: { type: "string", default: "10" },
    rooms: { type: "string", default: "10" },
    characters: { type: "string", default: "20" },
    partitions: { type: "string", default: "12" },
    full: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const [start, top, halvings, seconds, partitions] = [
  values.start,
  values.top,
  values.halvings,
  values.seconds,
  values.partitions,
].map(Number) as [number, number, number, number, number];
const topology = values.full ? "full" : "small";

const PRODUCER = fileURLToPath(new URL("../../load/cluster/log-producer.ts", import.meta.url));
const GROUP = "router";
const SAMPLE_MS = 250;
/** Share of the rate that the producer must have reached for the run to say anything of the router. */
const REACHED = 0.95;
/** Time for the lag to go when nothing comes any more, s: all of it was under a second of the rate. */
const DRAIN_S = 30;

interface Measured extends LagVerdict {
  readonly rate: number;
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly split: Split;
  readonly samples: readonly LagSample[];
  /** From the last record to no lag; undefined when that took too long. */
  readonly drainSeconds: number | undefined;
}

const rooms = numberedRooms(Number(values.rooms), "lag");
await using cluster = await startCluster({ topology, partitions, window: { minMs: 10, maxMs: 250 } });
const { ingest, gateway } = cluster.roles;
const brokers = cluster.outside.kafka.bootstrap;
await using offsets = new KafkaOffsets(brokers, partitions);

/** Rooms come into being by what is first said in them. */
async function openRooms(): Promise<void> {
  const adapter = protocolNamed("barrage");
  const token = await adapter.login(ingest, "bench", background);
  const publisher = adapter.publisher(ingest, 1);
  for (const room of rooms) {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    publisher.publish({ room, token, content: "first" }, (outcome) =>
      resolve(outcome.kind === "acked" ? undefined : outcome.code),
    );
    const refused = await promise;
    if (refused !== undefined) throw new Error(`the room ${room} was not opened: ${refused}`);
  }
  publisher.close();
}

/** Seconds until the group has committed everything. */
async function drained(): Promise<number | undefined> {
  const from = performance.now();
  for (;;) {
    const took = (performance.now() - from) / 1_000;
    if ((await offsets.lagOf(GROUP)) === 0) return took;
    if (took > DRAIN_S) return undefined;
    await sleep(SAMPLE_MS, background);
  }
}

async function measure(rate: number): Promise<{ measured: Measured; inWatched: number }> {
  const child = fork(PRODUCER, { stdio: "inherit" });
  const { safety } = TOPOLOGIES[topology];
  const characters = Number(values.characters);
  child.send({ brokers, partitions, safety, rooms, rate, seconds, characters } satisfies ProducerJob);
  const [began] = (await once(child, "message")) as [ProducerTold];
  if (began.kind === "failed") throw new Error(`the producer failed: ${began.reason}`);
  const stop = meterServer(cluster.whole);
  const startedAt = performance.now();
  const samples: LagSample[] = [];
  const heard: ProducerTold[] = [];
  child.on("message", (message: ProducerTold) => heard.push(message));
  const ended = once(child, "exit");
  while (heard.length === 0 && child.connected) {
    const at = (performance.now() - startedAt) / 1_000;
    if (at < seconds) samples.push({ at, records: await offsets.lagOf(GROUP) });
    await sleep(SAMPLE_MS, background);
  }
  const stretch = stop();
  const drainSeconds = await drained();
  await ended;
  const [end] = heard;
  if (end?.kind !== "produced")
    throw new Error(`the producer failed: ${end?.kind === "failed" ? end.reason : ""}`);
  const { appended, recordBytes, cpu } = end;
  const recordsPerSecond = appended / end.seconds;
  const used = grownCpu(stretch);
  const all = Object.values(used).reduce((sum, each) => sum + each, 0);
  const split = {
    cpuOf: used,
    generatorCpu: cpu,
    othersCpu: Math.max(0, (stretch.busySeconds - all) / stretch.seconds - cpu),
    seconds: stretch.seconds,
    published: appended,
    delivered: 0,
  };
  const verdict = judgeLag(samples, rate);
  const [failure = verdict.failure] = [
    ...(recordsPerSecond < rate * REACHED
      ? [`no result: ${Math.round(recordsPerSecond)}/s were produced`]
      : []),
    ...(drainSeconds === undefined ? [`lag is left ${DRAIN_S} s after the end`] : []),
  ];
  const measured = { ...verdict, failure, rate, recordsPerSecond, split, samples, drainSeconds };
  return {
    measured: { ...measured, bytesPerSecond: recordsPerSecond * recordBytes },
    inWatched: Math.ceil(appended / rooms.length),
  };
}

const rows: (readonly (string | number)[])[] = [];
/** Records appended to the watched room. */
let expected = 0;

async function attempt(rate: number): Promise<Trial<Measured>> {
  const { measured, inWatched } = await measure(rate);
  expected += inWatched;
  const { failure, recordsPerSecond, bytesPerSecond, worstSeconds, grownSeconds, split } = measured;
  const share = (name: string): string => percent((split.cpuOf[name] ?? 0) / split.seconds);
  rows.push([
    rate,
    Math.round(recordsPerSecond),
    (bytesPerSecond / 1e6).toFixed(2),
    worstSeconds.toFixed(2),
    grownSeconds.toFixed(2),
    measured.drainSeconds?.toFixed(1) ?? "-",
    share("router"),
    share("archiver"),
    percent(split.generatorCpu),
    failure ?? "keeps up",
  ]);
  console.error(`  ${rate}/s: ${failure ?? "keeps up"}`);
  return { rate, failure, outcome: measured };
}

console.log(`${TOPOLOGIES[topology].says}; ${partitions} partitions; ${rooms.length} rooms`);
await openRooms();
if ((await drained()) === undefined) throw new Error("the router does not follow the log");
await using watcher = await watchRoom(gateway, rooms[0] ?? "");
const { held } = await highestRate({ top, start, halvings }, attempt);
const arrived = (): number => watcher.received + watcher.withheld;
for (let wait = 0; wait < DRAIN_S * 4 && arrived() < expected; wait += 1) await sleep(SAMPLE_MS, background);
const ledger = await serverLedger(gateway);
const failures = [
  ...ledgerFaults(ledger, watcher.received),
  ...watcher.faults,
  ...(arrived() === expected ? [] : [`the viewer had ${arrived()} of ${expected} records`]),
  ...(held === undefined ? ["no rate holds"] : []),
];
const HEADING = [
  "rate/s",
  "produced/s",
  "MB/s",
  "lag s",
  "grown s",
  "drained s",
  "router",
  "archiver",
  "producer",
  "",
];
console.log(table(HEADING, rows));
if (held !== undefined) {
  const { recordsPerSecond, bytesPerSecond, split } = held.outcome;
  console.log(
    `\nthe router keeps up with ${(bytesPerSecond / 1e6).toFixed(2)} MB/s (${Math.round(recordsPerSecond)} danmaku/s):`,
  );
  console.log(splitTable(split));
}
console.log(ledgerLine(ledger));
for (const failure of failures) console.log(`FAILED: ${failure}`);
if (failures.length === 0) console.log("all checks hold");
if (values.json !== undefined) {
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model, node: process.version };
  const result = { topology, machine, held: held?.outcome, rows, ledger, failures };
  writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
}
if (failures.length > 0) process.exitCode = 1;
