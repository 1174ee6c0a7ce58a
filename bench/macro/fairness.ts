/**
 * Does a large room delay a small one? A room of ten viewers with a steady rate, beside one of 20,000 over two workers:
 * first the crowd is there and nothing is said to it, then each danmaku has to reach all of them.
 *
 *   node bench/macro/fairness.ts [--crowd 20000] [--viewers 10] [--crowd-rate 0.7] [--rate 20] [--alone 30] [--beside 45]
 *     [--warm-up 10] [--workers 2] [--generators 2] [--connect-per-second 1000] [--bar 90] [--flag --engine.x=y]
 *     [--json FILE] [--no-pin]
 *
 * The small room has a process of the generator of its own, publisher and viewers, which goes before those of the crowd: what
 * they need to read 20,000 deliveries of each danmaku is not in its latencies. All of the generator is on one core, all of
 * the server (owner, workers, supervisor) on the other; rate limits are off, every other setting is as it comes.
 *
 * The bar is on how much longer p95 gets. A danmaku of the small room waits for event loops that fan out for the crowd: for
 * a turn of the worker that takes it, and for one of each worker when its batch comes from the owner. A turn is 6 ms and the
 * slice of 256 writes that it is in (DL-33): 10 ms at the 17 us of a write here, and twice that since the workers share a core.
 * That makes 60 ms; 30 more because the owner wakes up some three times meanwhile, behind the two of them on the same core.
 *
 * Ends with code 1 when p95 gets longer than that, a record is missing, doubled or out of order, the server's ledger does not balance,
 * or the small room's generator did not keep up.
 */
import { parseArgs } from "node:util";
import { background } from "@barrage/kernel";
import { ms, planOf, runLoad } from "@barrage/load";
import type { LoadPlan, SecondDelta } from "@barrage/load";
import { CommonStart } from "../load/common-start.ts";
import { conclude } from "../load/conclude.ts";
import { meterServer, percent } from "../load/effort.ts";
import type { Stretch } from "../load/effort.ts";
import { BEHIND_OTHERS, generatorProcesses } from "../load/generator-processes.ts";
import { LATENCY_HEADING, latencyCells } from "../load/latency-table.ts";
import { PhaseLatencies } from "../load/phase-latencies.ts";
import { NO_RESULT, runFaults } from "../load/run-faults.ts";
import {
  ledgerFaults,
  ledgerLine,
  metricsPage,
  serverLedger,
  workerConnectionsIn,
} from "../load/server-ledger.ts";
import { startBarrage } from "../load/server-process.ts";
import { table } from "../load/table.ts";

const { values } = parseArgs({
  options: {
    crowd: { type: "string", default: "20000" },
    viewers: { type: "string", default: "10" },
    /** Not a divisor of the other rate: danmaku of the two rooms are to meet at every distance. */
    "crowd-rate": { type: "string", default: "0.7" },
    rate: { type: "string", default: "20" },
    alone: { type: "string", default: "30" },
    beside: { type: "string", default: "45" },
    "warm-up": { type: "string", default: "10" },
    workers: { type: "string", default: "2" },
    generators: { type: "string", default: "2" },
    "connect-per-second": { type: "string", default: "1000" },
    bar: { type: "string", default: "90" },
    flag: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    "no-pin": { type: "boolean", default: false },
  },
});
const [crowd, viewers, crowdRate, rate, alone, beside, warmUp, generators, connectPerSecond, bar] = [
  values.crowd,
  values.viewers,
  values["crowd-rate"],
  values.rate,
  values.alone,
  values.beside,
  values["warm-up"],
  values.generators,
  values["connect-per-second"],
  values.bar,
].map(Number) as [number, number, number, number, number, number, number, number, number, number];

/** The last danmaku has to reach the last of the crowd. */
const DRAIN_MS = 30_000;
/** From this second on the crowd has danmaku. */
const besideFrom = warmUp + alone;
const seconds = besideFrom + beside;

await using server = await startBarrage(
  [`--workers=${values.workers}`, `--server.connections-per-address=${crowd}`, ...values.flag],
  { pin: !values["no-pin"] },
);

function plan(run: string, count: number, changes: Partial<LoadPlan>): LoadPlan {
  const { host, port } = server;
  const choice = { protocol: "barrage", host, port, run, seed: 1, viewers: count, rate, seconds };
  return planOf("live-room", choice, { drainMs: DRAIN_MS, ...changes });
}
const small = plan("small", viewers, {});
const large = plan("crowd", crowd, {
  connectPerSecond,
  // Each process has one who speaks: one that had none would be done at once, and its viewers would fall silent.
  users: generators,
  lanes: generators,
  stages: [
    { kind: "hold", rate: 0, seconds: besideFrom },
    { kind: "hold", rate: crowdRate, seconds: beside },
  ],
});

const start = new CommonStart(generators + 1);
const phases = new PhaseLatencies();
let meter: (() => Stretch) | undefined;
let stretch: Stretch | undefined;
/** Metrics when all are there, and nothing has been said to the crowd. */
let quietPage: Promise<string> | undefined;
/** Of the small room; a second is told when it is over. */
function onSecond(delta: SecondDelta): void {
  phases.note(delta);
  const { second } = delta;
  if (second === warmUp - 1) quietPage = metricsPage(server);
  if (second === besideFrom - 1) meter = meterServer(server);
  if (second === seconds - 1) stretch = meter?.();
}
const [calm, crowded] = await Promise.all([
  runLoad(
    small,
    { workers: generatorProcesses(server, 1).map((each) => start.member(each, onSecond)) },
    background,
  ),
  runLoad(
    large,
    { workers: generatorProcesses(server, generators, BEHIND_OTHERS).map((each) => start.member(each)) },
    background,
  ),
]);
const ledger = await serverLedger(server);
const connections = workerConnectionsIn((await quietPage) ?? "");
const parts = {
  alone: phases.between(warmUp, besideFrom - 1),
  beside: phases.between(besideFrom, Infinity),
};
const longerMs = parts.beside.delivery.p95 - parts.alone.delivery.p95;
const faults = faultsOf();
print();

function faultsOf(): readonly string[] {
  // The crowd's generator says what everybody got, not when: how late it is with that is its own.
  const got = runFaults(crowded).filter((fault) => !fault.startsWith(NO_RESULT));
  return [
    ...runFaults(calm).map((fault) => `small room: ${fault}`),
    ...got.map((fault) => `crowd: ${fault}`),
    ...ledgerFaults(ledger, calm.delivered + crowded.delivered),
    // Not a number where nothing was delivered: that proves nothing either.
    ...(longerMs <= bar ? [] : [`p95 of the small room is ${ms(longerMs)} ms longer beside the crowd`]),
  ];
}

function besideLine(share: "p50" | "p95" | "p99"): string {
  const [first, then] = [parts.alone.delivery[share], parts.beside.delivery[share]];
  return `${share} ${(then / first).toFixed(2)} times, ${ms(then - first)} ms longer`;
}

function crowdLines(): readonly string[] {
  const { audience, published, latenciesWithInvalid } = crowded;
  const { p50, p95, p99 } = latenciesWithInvalid.delivery;
  const [before, after] = [stretch?.before.cpuSeconds ?? 0, stretch?.after.cpuSeconds ?? 0];
  const used = (after - before) / (stretch?.seconds ?? Number.NaN);
  const busiest = Math.max(...crowded.timeline.map(({ effort }) => effort.cpu));
  return [
    `crowd: ${published} danmaku, received ${audience.received} of ${audience.expected}; ` +
      `p50 / p95 / p99 ${[p50, p95, p99].map(ms).join(" / ")} ms, of which a part is its generator's`,
    `server: ${percent(used)} of a core beside the crowd, ${(((after - before) * 1e6) / audience.received).toFixed(1)} us a ` +
      `delivery to it; the crowd's busiest generator: ${percent(busiest)} in its worst second`,
    `connections of each worker: ${Object.entries(connections)
      .map(([worker, count]) => `${worker}: ${count}`)
      .join(", ")}`,
  ];
}

function print(): void {
  console.log(
    `a room of ${viewers} at ${rate} danmaku/s; ${crowd} in another, silent for ${alone} s, then at ${crowdRate}/s for ${beside} s; ` +
      `server ${server.isPinned ? "pinned to a core of its own" : "not pinned"}`,
  );
  console.log(
    table(
      ["small room", "deliveries", ...LATENCY_HEADING, "its generator's event loop, p99 ms"],
      Object.entries(parts).map(([name, { delivery, loopDelayP99Ms }]) => [
        name,
        delivery.count,
        ...latencyCells(delivery),
        ms(loopDelayP99Ms),
      ]),
    ),
  );
  console.log(
    `beside / alone: ${besideLine("p50")}; ${besideLine("p95")} (at most ${bar}); ${besideLine("p99")}`,
  );
  for (const line of crowdLines()) console.log(line);
  console.log(ledgerLine(ledger));
}

conclude(faults, { parts, longerMs, connections, ledger, calm, crowded }, values.json);
