/**
 * As many connections as one machine holds: everybody in one room of `barrage serve --workers`, now and then a danmaku
 * that has to reach them all.
 *
 *   node bench/macro/many-connections.ts [--connections 130000] [--workers 8] [--generators 8] [--minutes 15]
 *     [--rate 0.2] [--connect-per-second 1000] [--bar 10] [--flag --engine.x=y] [--json FILE]
 *
 * A process may open so many files (`ulimit -n`, here 20,000): so there are several worker processes on one port, which
 * the kernel spreads connections over, and several processes of the load generator. They connect from 250 addresses of
 * the loopback network, since one has 28,000 ports. Nothing is pinned: with two cores everybody shares both, and what
 * the generator needs is in the latencies. A third of them comes first, so that what the server allocates once (a
 * young generation of full size in each process) is not counted as memory of the others.
 *
 * Ends with code 1 when more than 0.017 % of the connections were closed, a record is missing, doubled or out of order,
 * the ledger does not balance, or a connection costs more memory than the bar (KiB).
 */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { background } from "@barrage/kernel";
import { ms, planOf, processWorkers, runLoad } from "@barrage/load";
import type { LoadPlan, TimelineSecond } from "@barrage/load";
import { conclude } from "../load/conclude.ts";
import { percent } from "../load/effort.ts";
import { figuresOf } from "../load/process-stat.ts";
import { ledgerLine, serverLedger } from "../load/server-ledger.ts";
import { startBarrage } from "../load/server-process.ts";
import { table } from "../load/table.ts";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "130000" },
    workers: { type: "string", default: "8" },
    generators: { type: "string", default: "8" },
    minutes: { type: "string", default: "15" },
    rate: { type: "string", default: "0.2" },
    "connect-per-second": { type: "string", default: "1000" },
    bar: { type: "string", default: "10" },
    flag: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
  },
});
const [connections, workers, generators, minutes, rate, connectPerSecond, bar] = [
  values.connections,
  values.workers,
  values.generators,
  values.minutes,
  values.rate,
  values["connect-per-second"],
  values.bar,
].map(Number) as [number, number, number, number, number, number, number];

const KIB = 1_024;
/** The most connections that may have been closed, as a share. */
const CLOSED_BAR = 0.000_17;
/** Below the open files of a process by what else it has open, and by how unevenly the kernel spreads. */
const PER_PROCESS = 18_500;
const FILES = 20_000;
/** A silent viewer stays for so long; each says that it is there once in a third of it, ms. */
const IDLE_MS = 360_000;
/** Nobody is left out of the last danmaku. */
const DRAIN_MS = 60_000;
const HELD_SHARE = 0.99;
/** Next to nothing: one danmaku in a hundred seconds. */
const QUIET_RATE = 0.01;
/** Part of the connections that is not there from the beginning. */
const LATER_SHARE = 2 / 3;
/** Those who are there first have this long until memory is read; then the others come, s. */
const REST_SECONDS = 20;

if (connections / Math.min(workers, generators) > PER_PROCESS)
  throw new RangeError(
    `${FILES} open files are the most of a process: ${connections} connections want ${Math.ceil(connections / PER_PROCESS)} ` +
      "workers and as many generators",
  );

await using server = await startBarrage(
  [
    `--workers=${workers}`,
    `--server.connections-per-address=${connections}`,
    `--engine.idle-ms=${IDLE_MS}`,
    ...values.flag,
  ],
  { pin: false },
);

const { host, port } = server;
/** The others come as fast as they are let in: at worst as slowly as this. */
const comingSeconds = Math.ceil(connections / 900);
const holdSeconds = Math.round(minutes * 60);
const seconds = REST_SECONDS + comingSeconds + holdSeconds;
const plan: LoadPlan = planOf(
  "live-room",
  {
    protocol: "barrage",
    host,
    port,
    run: "many",
    seed: 1,
    viewers: connections,
    rate,
    seconds,
    users: generators,
  },
  {
    connectPerSecond,
    heartbeatMs: IDLE_MS / 3,
    drainMs: DRAIN_MS,
    lanes: generators,
    // Nothing is said until they are there: while a danmaku goes out to a hundred thousand, few are let in.
    stages: [
      { kind: "hold", rate: QUIET_RATE, seconds: REST_SECONDS + comingSeconds },
      { kind: "hold", rate, seconds: holdSeconds },
    ],
    crowds: [{ share: LATER_SHARE, comesAt: REST_SECONDS }],
  },
);

interface Memory {
  readonly server: number;
  readonly generators: number;
}
const generatorPids: number[] = [];
const memory = (): Memory => ({
  server: server.figures().residentBytes,
  generators: generatorPids.reduce((sum, pid) => sum + figuresOf(pid).residentBytes, 0),
});

interface Reading extends Memory {
  readonly open: number;
}
/** Memory with the first third, and at the end. */
const readings: { first?: Reading; last?: Reading } = {};
const seen: TimelineSecond[] = [];
const report = await runLoad(
  plan,
  {
    workers: processWorkers(generators, { onProcess: (pid) => generatorPids.push(pid) }),
    onPhase(phase) {
      if (phase === "draining") readings.last = { ...memory(), open: seen.at(-1)?.connections ?? 0 };
    },
    onSecond(now) {
      seen.push(now);
      const { second, connections: open } = now;
      // A second is told when it is over.
      if (second >= 0 && second < REST_SECONDS - 1) readings.first = { ...memory(), open };
      if (second % 30 === 0) console.error(`second ${second} of ${seconds}: ${open} connections`);
    },
  },
  background,
);
const ledger = await serverLedger(server);
const cpu = server.figures().cpuSeconds;

const allIn = seen.find((second) => second.connections === connections)?.second;
const holding = seen.filter(({ second }) => second >= (allIn ?? seconds) && second < seconds - 1);
const fewest = Math.min(...holding.map((second) => second.connections));
const closed = Object.values(report.closed).reduce((sum, count) => sum + count, 0);
const { audience, published } = report;
// On a machine that is shared with the generator nearly every danmaku has a moment in which that could not keep up.
const { delivery } = report.latenciesWithInvalid;
const { first, last } = readings;
const kibEach =
  first === undefined || last === undefined
    ? Number.NaN
    : (last.server - first.server) / (last.open - first.open) / KIB;
const faults = faultsOf();

function faultsOf(): readonly string[] {
  const { lost, doubles, disordered, chainBreaks, withheld, gaps } = audience;
  const all = Object.entries({ lost, doubles, disordered, chainBreaks, withheld, gaps })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`);
  if (closed / connections > CLOSED_BAR) all.push(`${closed} connections were closed`);
  if (allIn === undefined) all.push("they were never all in at once");
  else if (fewest < connections * HELD_SHARE) all.push(`only ${fewest} were held at once`);
  if (ledger.imbalance !== 0) all.push("the ledger does not balance");
  if (!(kibEach <= bar)) all.push(`${kibEach.toFixed(2)} KiB each are over the bar of ${bar}`);
  if (!report.isComplete) all.push("a generator was lost");
  return all;
}

function mib(bytes = 0): number {
  return Math.round(bytes / KIB / KIB);
}
console.log(
  `${connections} connections in one room of ${workers} workers, by ${generators} generators, ${minutes} min at ${rate} danmaku/s; ` +
    `${availableParallelism()} cores, load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")}`,
);
console.log(
  table(
    ["", "value"],
    [
      ["all were in after", allIn === undefined ? "never" : `${allIn - REST_SECONDS} s`],
      ["and stayed for", `${holding.length} s`],
      ["fewest open at once", fewest],
      [
        "closed",
        `${closed} (${((closed / connections) * 100).toFixed(4)} %) ${JSON.stringify(report.closed)}`,
      ],
      [
        "server's resident memory, MiB",
        `${mib(first?.server)} (${first?.open ?? 0} open) -> ${mib(last?.server)}`,
      ],
      ["KiB a connection", kibEach.toFixed(2)],
      ["generators' resident memory, MiB", mib(last?.generators)],
      ["server's CPU in all", `${cpu.toFixed(0)} s (${percent(cpu / seconds)} of a core)`],
      ["danmaku published", published],
      ["received of expected", `${audience.received} of ${audience.expected}`],
      ["send to screen p50 / p95 / p99, ms", [delivery.p50, delivery.p95, delivery.p99].map(ms).join(" / ")],
      ["the last screen of all, ms", ms(delivery.max)],
      ["seconds in which a generator could not keep up", `${report.invalidSeconds} of ${seconds}`],
    ],
  ),
);
console.log(ledgerLine(ledger));
conclude(
  faults,
  { connections, workers, generators, seconds, allIn, kibEach, closed, fewest, ledger, report },
  values.json,
);
