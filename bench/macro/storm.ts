/**
 * What a storm of reconnects does to those who stay connected: a room with viewers and a known rate; then so many
 * others lose their connections at one moment and come back within a second, again when the server tells them to.
 *
 *   node bench/macro/storm.ts [--viewers 5000] [--storm 10000] [--rate 3] [--within 1] [--before 15] [--after 10]
 *     [--join-per-second 500] [--join-burst 2000] [--flag --engine.x=y] [--json FILE] [--no-pin]
 *
 * Two scenarios of the load generator at one server, each in a process of its own: those who stay, and publish, and those
 * whom the storm strikes. Either is told what the other had acknowledged, so that everybody is expected to have it all.
 * Ends with code 1 when a record is missing, doubled or out of order, the server's ledger does not balance, not all are
 * back in the end, or p99 in the storm is more than twice what it was before.
 */
import { parseArgs } from "node:util";
import { background } from "@barrage/kernel";
import { ms, planOf, runLoad } from "@barrage/load";
import type { LoadPlan, LoadReport, TimelineSecond } from "@barrage/load";
import { conclude } from "../load/conclude.ts";
import { Exchange } from "../load/exchange.ts";
import { BEHIND_OTHERS, generatorProcesses } from "../load/generator-processes.ts";
import { ledgerLine, serverLedger } from "../load/server-ledger.ts";
import { PhaseLatencies } from "../load/phase-latencies.ts";
import { startBarrage } from "../load/server-process.ts";
import { table } from "../load/table.ts";

const { values } = parseArgs({
  options: {
    viewers: { type: "string", default: "5000" },
    storm: { type: "string", default: "10000" },
    rate: { type: "string", default: "3" },
    within: { type: "string", default: "1" },
    before: { type: "string", default: "15" },
    after: { type: "string", default: "10" },
    /** Time for the storm to end, s; what follows is after it. */
    patience: { type: "string", default: "45" },
    "join-per-second": { type: "string", default: "500" },
    "join-burst": { type: "string", default: "2000" },
    flag: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    "no-pin": { type: "boolean", default: false },
  },
});
const [viewers, storm, rate, within, before, after, patience] = [
  values.viewers,
  values.storm,
  values.rate,
  values.within,
  values.before,
  values.after,
  values.patience,
].map(Number) as [number, number, number, number, number, number, number];
const joinPerSecond = Number(values["join-per-second"]);

/** The room that everybody is in, and the one that those whom the storm strikes talk to. */
const [ROOM, ASIDE] = ["storm", "aside"];
/** One name for both scenarios, so that either knows the danmaku of the other. */
const RUN = "storm";
const SEED = 1;
/** p99 in the storm over p99 before it. */
const BAR = 2;
/** The first connections of all stay under the room's join limit. */
const CONNECT_SHARE = 0.9;
/** Seconds before the storm that count: the first ones still warm up. */
const WARM_UP = 3;
const DRAIN_MS = 20_000;

await using server = await startBarrage(
  [
    `--engine.limits.join.per-second=${values["join-per-second"]}`,
    `--engine.limits.join.burst=${values["join-burst"]}`,
    `--server.connections-per-address=${viewers + storm}`,
    ...values.flag,
  ],
  { pin: !values["no-pin"] },
);

/** The storm has `patience` to end. */
const seconds = before + patience + after;

function plan(count: number, perSecond: number, changes: Partial<LoadPlan>): LoadPlan {
  const { host, port } = server;
  const choice = {
    protocol: "barrage",
    host,
    port,
    run: RUN,
    seed: SEED,
    viewers: count,
    rate: perSecond,
    seconds,
  };
  // Both come at once, and are there at about the same time.
  const connectPerSecond = (joinPerSecond * CONNECT_SHARE * count) / (viewers + storm);
  return planOf("live-room", choice, { rooms: [ROOM], connectPerSecond, drainMs: DRAIN_MS, ...changes });
}

/** Whom the storm strikes: they publish next to nothing, and elsewhere, so that the scenario lasts as long as the other. */
const stormers = (): LoadPlan =>
  plan(storm, 1, {
    rooms: [ROOM, ASIDE],
    popularity: { kind: "recorded", counts: [1, 0] },
    talk: { kind: "recorded", counts: [0, 1] },
    storms: [{ at: before, share: 1, withinMs: within * 1_000 }],
  });

const exchange = new Exchange(2);
const [measuring, storming] = [generatorProcesses(server, 1), generatorProcesses(server, 1, BEHIND_OTHERS)];
const phases = new PhaseLatencies();
const stormSeconds: TimelineSecond[] = [];
const [calm, struck] = await Promise.all([
  runLoad(
    plan(viewers, rate, {}),
    { workers: measuring.map((start) => exchange.member(start, (delta) => phases.note(delta))) },
    background,
  ),
  runLoad(
    stormers(),
    {
      workers: storming.map((start) => exchange.member(start)),
      onSecond: (second) => stormSeconds.push(second),
    },
    background,
  ),
]);
const ledger = await serverLedger(server);

/** The first second, from the storm on, at whose end all were in; undefined when they never were. */
const allIn = stormSeconds.find(
  ({ second, connections }) => second > before && connections === storm,
)?.second;
const end = allIn ?? before + patience;
const parts = {
  before: phases.between(WARM_UP, before - 1),
  storm: phases.between(before, end),
  after: phases.between(end + 1, end + after),
};
const ratio = parts.storm.delivery.p99 / parts.before.delivery.p99;
const faults = faultsOf();
print();

function faultsOf(): readonly string[] {
  const all: string[] = [];
  const reports: Readonly<Record<string, LoadReport>> = { "who stayed": calm, "who was struck": struck };
  for (const [name, { audience }] of Object.entries(reports)) {
    const { lost, doubles, disordered, chainBreaks, withheld } = audience;
    for (const [what, count] of Object.entries({ lost, doubles, disordered, chainBreaks, withheld }))
      if (count > 0) all.push(`${count} ${what} of ${name}`);
  }
  if (allIn === undefined) all.push("not all were back in the end");
  if (ledger.imbalance !== 0) all.push("the server's ledger does not balance");
  // Not a number where nothing was delivered: that proves nothing either.
  if (!(ratio <= BAR)) all.push(`p99 in the storm is ${ratio.toFixed(2)} of what it was`);
  return all;
}

function turnedAway({ errors }: TimelineSecond): number {
  return errors["BARRAGE_ROOM_BUSY"] ?? 0;
}

/** One row for each second from the cut to the moment at which all were in. */
function stormRows(): readonly (readonly (number | string)[])[] {
  const within = stormSeconds.filter(({ second }) => second >= before && second <= end);
  return within.map((each, at) => {
    const { second, connections } = each;
    const cameIn = connections - (within[at - 1]?.connections ?? 0);
    return [
      second - before,
      connections,
      cameIn,
      turnedAway(each),
      ms(phases.between(second, second).delivery.p99),
    ];
  });
}

function returnLine(): string {
  const { catchUp } = struck.latenciesWithInvalid;
  const told = stormSeconds.reduce((sum, second) => sum + turnedAway(second), 0);
  const others = JSON.stringify(struck.faults);
  const refused = `${told} turned away and told when to come back; all faults ${others}`;
  if (allIn === undefined) return `not all were in within ${patience} s; ${refused}`;
  const [last, half] = [catchUp.max / 1_000, catchUp.p50 / 1_000];
  return (
    `all were in and had what they had missed after ${last.toFixed(1)} s (half of them after ${half.toFixed(1)} s): ` +
    `${Math.round(storm / last)} joins per second, ${refused}`
  );
}

function print(): void {
  console.log(
    `one room, ${viewers} viewers who stay, ${rate} danmaku/s; ${storm} are cut and come back within ${within} s; ` +
      `join limit ${values["join-per-second"]}/s, burst ${values["join-burst"]}; ` +
      `server ${server.isPinned ? "pinned to a core of its own" : "not pinned"}`,
  );
  console.log(
    table(
      ["those who stay", "seconds", "deliveries", "p50 ms", "p95 ms", "p99 ms", "max ms", "not valid"],
      Object.entries(parts).map(([name, { delivery, seconds: length, invalid }]) => [
        name,
        length,
        delivery.count,
        ms(delivery.p50),
        ms(delivery.p95),
        ms(delivery.p99),
        ms(delivery.max),
        invalid,
      ]),
    ),
  );
  console.log(
    `\n${table(["second of the storm", "in the room", "came in", "told to come back later", "p99 ms of those who stay"], stormRows())}`,
  );
  console.log(`\n${returnLine()}`);
  console.log(ledgerLine(ledger));
  console.log(`p99 in the storm / before: ${ratio.toFixed(2)} (at most ${BAR})`);
}

conclude(faults, { parts, ratio, ledger, calm, struck }, values.json);
