/**
 * Barrage beside other servers, each at the highest rate it holds: send to receive within the bar, nothing lost, and a
 * generator that kept up. Latencies count every second of a run, those too in which the generator's own event loop was
 * late. Server and generator are processes of their own, on a core each.
 *
 *   node bench/macro/fan-out.ts [--workload a,b,c,d,e] [--servers barrage,ws] [--quick] [--seconds 15] [--json FILE]
 *     [--halvings 3] [--viewers N] [--no-pin] [--flame-graph OUT.svg] [--flame-graph-of a|rooms]
 *
 * a  1 room of 1,000 viewers, 1,200 danmaku/s      p95 at most 43 ms, windows of 25 ms
 * b  100 rooms of 100 viewers, 20/s each           the same
 * c  1 room of 10,000 viewers, 100/s               p99 at most 250 ms, windows of 150 ms
 * d  10,000 more viewers to whom nothing comes     memory of each
 * e  growth of viewers and of rooms                cost of a delivery, of the servers that batch
 * f  10 rooms of 200 viewers, 2,000/s in all       the same as a with windows of 10 ms: what bench/macro/cluster/live.ts
 *                                                  asks of a cluster, of one process; only where it is named
 *
 * `--viewers` are those of all rooms of a, b, c and f: half as many, where a machine's floor does not hold the whole.
 *
 * Those who talk in a, b, c and f do so as viewers do, each over a connection of its own (20, 100, 10 and 20 of them beside
 * the viewers); in d and e over HTTP.
 *
 * The first run installs the other servers, in bench/macro/peers only. `batching-ws` does what a careful team would do
 * with ws, `floor` is a bare loop over bare sockets; both keep nothing, as barrage-memory, and all three have the same
 * window. `barrage` is as it comes: it chooses its windows, and writes every danmaku to disk before it acknowledges it.
 *
 * Each table ends with its bars, PASS or MISS. After every run of Barrage its ledger has to balance, or the run does not
 * hold. `--flame-graph` profiles barrage-memory once more, under workload a or with the most rooms of e, and draws what it
 * did. Ends with code 1 when a bar is missed.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ms } from "@barrage/load";
import type { LoadReport } from "@barrage/load";
import { IN_MEMORY, judgeA, judgeC, judgedLine, judgeGrowth, judgeIdle } from "../load/bars.ts";
import type { Grown, Judged, Reached } from "../load/bars.ts";
import { CONTENDERS, installPeers } from "../load/contenders.ts";
import type { Contender } from "../load/contenders.ts";
import { drive } from "../load/drive.ts";
import type { Driven } from "../load/drive.ts";
import { percent, reasonForNoBound, reasonForNoResult } from "../load/effort.ts";
import { callTree, flameGraph, hottest, secondsOf } from "../load/flame-graph.ts";
import type { CpuProfile } from "../load/flame-graph.ts";
import { highestRate } from "../load/highest-rate.ts";
import type { Found, Trial } from "../load/highest-rate.ts";
import { ledgerIn, metricsPage, windowIn } from "../load/server-ledger.ts";
import type { ServerLedger } from "../load/server-ledger.ts";
import { table } from "../load/table.ts";
import { COMPARISONS, GROWTH, IDLE, idlePlan, planFor, WINDOW_MS } from "../load/workloads.ts";
import type { Comparison, Workload } from "../load/workloads.ts";

const { values } = parseArgs({
  options: {
    workload: { type: "string", default: "a,b,c,d,e" },
    servers: { type: "string" },
    quick: { type: "boolean", default: false },
    seconds: { type: "string" },
    halvings: { type: "string" },
    viewers: { type: "string" },
    json: { type: "string" },
    "flame-graph": { type: "string" },
    "flame-graph-of": { type: "string", default: "a" },
    "no-pin": { type: "boolean", default: false },
  },
});
const size = values.quick ? "quick" : "whole";
const seconds = Number(values.seconds ?? (values.quick ? 4 : 15));
const halvings = Number(values.halvings ?? (values.quick ? 1 : 3));
const WARM_UP_SECONDS = 2;
/** Part of the asked rate at which a server that writes each danmaku on its own is tried first. */
const UNBATCHED_START = 1 / 64;
const pinning = { pin: !values["no-pin"] };
/** Growth is about cost; a server over this is over its limit, and its cost another matter. */
const GROWTH_BAR = { percentile: "p95", ms: 1_000 } as const;

/** What Barrage says of itself after a run. */
interface Said {
  readonly ledger: ServerLedger;
  readonly windowMs: number;
}

type Measured = Driven & { readonly report: LoadReport; readonly said: Said | undefined };

/** What a server is put under, and what it has to hold. */
type Task = Workload & Pick<Comparison, "windowMs" | "bar">;

async function measure(contender: Contender, load: Task): Promise<Measured> {
  await using server = await contender.start(load.windowMs, pinning);
  const warmUp = planFor(contender, server, "warmup", { ...load, seconds: WARM_UP_SECONDS });
  const driven = await drive(server, [warmUp, planFor(contender, server, "bench", { ...load, seconds })]);
  if (contender.isBarrage !== true) return { ...driven, said: undefined };
  const page = await metricsPage(server);
  return { ...driven, said: { ledger: ledgerIn(page), windowMs: windowIn(page) } };
}

/** Every record accounted for, and no fewer delivered than the generator counted. */
function ledgerFault({ said, report }: Measured): string | undefined {
  if (said === undefined) return undefined;
  const { imbalance, delivered } = said.ledger;
  if (imbalance !== 0) return `the ledger is out of balance by ${imbalance}`;
  return delivered < report.delivered ? `the ledger has ${delivered} of ${report.delivered}` : undefined;
}

function failureOf(measured: Measured, { bar, windowMs }: Task): string | undefined {
  const { report } = measured;
  const { audience, latenciesWithInvalid, refused, faults } = report;
  const unbalanced = ledgerFault(measured);
  if (unbalanced !== undefined) return unbalanced;
  const reached = latenciesWithInvalid.delivery[bar.percentile];
  const noResult = reached > bar.ms ? reasonForNoResult(report) : reasonForNoBound(report, windowMs);
  if (noResult !== undefined) return noResult;
  if (audience.lost > 0) return `${audience.lost} of ${audience.expected} not delivered in time`;
  if (audience.withheld > 0) return `${audience.withheld} of ${audience.expected} withheld`;
  if (audience.doubles + audience.disordered > 0) return "doubles or disorder";
  for (const counts of [refused, faults])
    if (Object.keys(counts).length > 0) return JSON.stringify(counts).slice(0, 60);
  return reached > bar.ms ? `${bar.percentile} ${ms(reached)} ms` : undefined;
}

/** A run in which the generator did not keep up is no result: it is made once more. */
async function attempt(contender: Contender, load: Task): Promise<Trial<Measured | undefined>> {
  const first = await attemptOnce(contender, load);
  const isResult =
    first.failure === undefined ||
    first.outcome === undefined ||
    reasonForNoResult(first.outcome.report) === undefined;
  return isResult ? first : await attemptOnce(contender, load);
}

async function attemptOnce(contender: Contender, load: Task): Promise<Trial<Measured | undefined>> {
  const { rate } = load;
  let trial: Trial<Measured | undefined>;
  try {
    const outcome = await measure(contender, load);
    trial = { rate, failure: failureOf(outcome, load), outcome };
  } catch (error) {
    // A server that went under takes the generator's connections with it: a result, not an end.
    trial = {
      rate,
      failure: error instanceof Error ? error.message.slice(0, 80) : "failed",
      outcome: undefined,
    };
  }
  console.error(`  ${contender.name} ${rate}/s: ${trial.failure ?? "holds"}`);
  return trial;
}

const usPerDelivered = ({ effort, report }: Measured): number =>
  (effort.serverCpuSeconds / report.delivered) * 1e6;

function rowOf(
  { name }: Contender,
  { held, failed }: Found<Measured | undefined>,
): readonly (string | number)[] {
  const limit = failed === undefined ? "" : `${failed.rate}/s: ${failed.failure ?? ""}`;
  const done = held?.outcome;
  if (held === undefined || done === undefined) return [name, "-", ...Array<string>(12).fill(""), limit];
  const { report, effort, bytesReceived } = done;
  const { audience, latenciesWithInvalid } = report;
  const { p50, p95, p99 } = latenciesWithInvalid.delivery;
  return [
    name,
    held.rate,
    Math.round(report.delivered / seconds),
    usPerDelivered(done).toFixed(2),
    ms(p50),
    ms(p95),
    ms(p99),
    Math.round(effort.serverPeakMb),
    Math.round(bytesReceived / report.delivered),
    (audience.received / audience.expected).toFixed(4),
    done.said === undefined ? "" : `${done.said.windowMs}`,
    percent(effort.serverCpu),
    percent(effort.generatorCpu),
    percent(effort.othersCpu),
    limit,
  ];
}

const HEADING = [
  "server",
  "rate/s",
  "delivered/s",
  "us/delivered",
  "p50 ms",
  "p95 ms",
  "p99 ms",
  "peak MB",
  "bytes/delivered",
  "delivered/expected",
  "window ms",
  "server CPU",
  "generator",
  "others",
  "does not hold",
];

async function compare(key: keyof typeof COMPARISONS): Promise<unknown> {
  const { windowMs, bar, [size]: asked } = COMPARISONS[key];
  const load = { ...asked, viewers: Number(values.viewers ?? asked.viewers) };
  const title = `${key}: ${load.rooms} rooms, ${load.viewers} viewers, up to ${load.rate} danmaku/s`;
  console.error(title);
  const found: { readonly contender: Contender; readonly result: Found<Measured | undefined> }[] = [];
  for (const contender of contenders) {
    const start = contender.isBatching ? load.rate : Math.max(1, Math.round(load.rate * UNBATCHED_START));
    const search = { top: load.rate, start, halvings };
    const result = await highestRate(search, (rate) => attempt(contender, { ...load, rate, windowMs, bar }));
    found.push({ contender, result });
  }
  console.log(`\n${title}, ${seconds} s each, ${bar.percentile} <= ${bar.ms} ms, windows of ${windowMs} ms`);
  console.log(
    table(
      HEADING,
      found.map(({ contender, result }) => rowOf(contender, result)),
    ),
  );
  const reached = found.flatMap(({ contender, result }) => reachedBy(contender, result));
  if (key === "a") judge(judgeA(reached, load.rate));
  if (key === "c") judge(judgeC(reached, load.rate));
  return found.map(({ contender, result }) => ({ server: contender.name, ...result }));
}

function reachedBy({ name }: Contender, { held }: Found<Measured | undefined>): readonly Reached[] {
  const done = held?.outcome;
  if (held === undefined || done === undefined) return [];
  const { p95, p99 } = done.report.latenciesWithInvalid.delivery;
  const usPer = usPerDelivered(done);
  return [{ server: name, rate: held.rate, usPerDelivered: usPer, p95, p99, windowMs: done.said?.windowMs }];
}

const judgements: Judged[] = [];

function judge(these: readonly Judged[]): void {
  judgements.push(...these);
  for (const each of these) console.log(judgedLine(each));
}

/** Memory of a connection: what the process grew by between few viewers and many. */
async function idle(): Promise<unknown> {
  const { few, many, seconds: quietFor } = IDLE[size];
  const rows: (readonly (string | number)[])[] = [];
  const kibEach: Record<string, number> = {};
  for (const contender of contenders) {
    console.error(`d: ${contender.name}`);
    await using server = await contender.start(WINDOW_MS, pinning);
    const before = await drive(server, [idlePlan(contender, server, few, quietFor)]);
    const { effort, serverResidentBytes } = await drive(server, [
      idlePlan(contender, server, many, quietFor),
    ]);
    const each = (serverResidentBytes - before.serverResidentBytes) / (many - few);
    const megabytes = Math.round(serverResidentBytes / 2 ** 20);
    kibEach[contender.name] = each / 1_024;
    rows.push([contender.name, many, (each / 1_024).toFixed(1), megabytes, percent(effort.serverCpu)]);
  }
  console.log(`\nd: from ${few} to ${many} viewers to whom nothing comes, ${quietFor} s`);
  console.log(table(["server", "viewers", "KiB each", "resident MB", "server CPU"], rows));
  judge(judgeIdle(kibEach));
  return rows;
}

/** Cost of a delivery while one thing grows; `beyond` takes off what the smallest load costs as a whole. */
async function growth(): Promise<unknown> {
  const rows: (readonly (string | number)[])[] = [];
  const all: Grown[] = [];
  for (const contender of contenders.filter(({ isBatching }) => isBatching)) {
    for (const what of ["viewers", "rooms"] as const) {
      let first: Measured | undefined;
      const costs: number[] = [];
      let usPerWrite: number | undefined;
      for (const load of GROWTH[size][what]) {
        const { outcome, failure } = await attempt(contender, {
          ...load,
          windowMs: WINDOW_MS,
          bar: GROWTH_BAR,
        });
        if (outcome === undefined) continue;
        first ??= outcome;
        const grown = outcome.report.delivered - first.report.delivered;
        const beyond = (outcome.effort.serverCpuSeconds - first.effort.serverCpuSeconds) / grown;
        const writes = outcome.serverWrites - first.serverWrites;
        const perWrite = (outcome.effort.serverCpuSeconds - first.effort.serverCpuSeconds) / writes;
        // Where viewers grow, what the smallest load costs as a whole is not the deliveries' cost.
        if (what === "rooms") costs.push(usPerDelivered(outcome));
        else if (grown > 0) costs.push(beyond * 1e6);
        if (what === "viewers" && writes > 0) usPerWrite = perWrite * 1e6;
        rows.push([
          contender.name,
          load.viewers,
          load.rooms,
          load.rate,
          outcome.report.delivered,
          usPerDelivered(outcome).toFixed(2),
          grown > 0 ? (beyond * 1e6).toFixed(2) : "-",
          grown > 0 && writes > 0 ? (perWrite * 1e6).toFixed(2) : "-",
          ms(outcome.report.latenciesWithInvalid.delivery.p95),
          failure ?? "",
        ]);
      }
      all.push({ server: contender.name, what, usPerDelivery: costs, usPerWrite });
    }
  }
  console.log(`\ne: growth, ${seconds} s each`);
  console.log(
    table(
      [
        "server",
        "viewers",
        "rooms",
        "rate/s",
        "delivered",
        "us/delivered",
        "beyond",
        "us/write",
        "p95 ms",
        "fails",
      ],
      rows,
    ),
  );
  judge(judgeGrowth(all));
  return rows;
}

/** The load that is profiled: workload a, or the end of what grows by rooms. */
function profiledLoad(): { readonly load: Workload; readonly windowMs: number } {
  const { [size]: asked, windowMs } = COMPARISONS.a;
  if (values["flame-graph-of"] === "a")
    return { load: { ...asked, viewers: Number(values.viewers ?? asked.viewers) }, windowMs };
  const most = GROWTH[size].rooms.at(-1);
  if (values["flame-graph-of"] !== "rooms" || most === undefined)
    throw new RangeError(`there is no flame graph of ${values["flame-graph-of"]}, only of a and rooms`);
  return { load: most, windowMs: WINDOW_MS };
}

/** What the CPU of the server goes into. */
async function drawFlameGraph(out: string): Promise<void> {
  const contender = CONTENDERS.find(({ name }) => name === IN_MEMORY);
  if (contender === undefined) return;
  const { load, windowMs } = profiledLoad();
  const { rooms, viewers, rate } = load;
  const profileInto = mkdtempSync(join(tmpdir(), "barrage-profile-"));
  try {
    {
      await using server = await contender.start(windowMs, { ...pinning, profileInto });
      await drive(server, [planFor(contender, server, "bench", { ...load, seconds })]);
    }
    const [file = ""] = readdirSync(profileInto);
    const profile = JSON.parse(readFileSync(join(profileInto, file), "utf8")) as CpuProfile;
    // The server ends when the measurement does: before that it started, and viewers connected.
    const root = callTree(profile, { from: secondsOf(profile) - seconds });
    writeFileSync(
      out,
      flameGraph(
        root,
        `${IN_MEMORY}, rooms: ${rooms}, viewers: ${viewers}, ${rate} danmaku/s: all of its CPU`,
      ),
    );
    const share = (us: number): string => percent(us / root.total);
    console.log(`\n${out}; most time of their own:`);
    console.log(
      table(
        ["share", "function"],
        hottest(root, 10).map(({ name, at, self }) => [share(self), `${name} ${at}`]),
      ),
    );
  } finally {
    rmSync(profileInto, { recursive: true, force: true });
  }
}

const isComparison = (key: string): key is keyof typeof COMPARISONS => key in COMPARISONS;

const wanted = values.servers?.split(",");
const contenders = CONTENDERS.filter(({ name }) => wanted === undefined || wanted.includes(name));
installPeers();
const load = (): string =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(" ");
console.log(
  `${cpus().length} cores (${cpus()[0]?.model ?? "?"}), Node ${process.version}, load average ${load()}`,
);
const results: Record<string, unknown> = {};
for (const key of values.workload.split(",")) {
  if (isComparison(key)) results[key] = await compare(key);
  else if (key === "d") results[key] = await idle();
  else if (key === "e") results[key] = await growth();
  else throw new RangeError(`there is no workload ${key}, only a, b, c, d, e, f`);
}
const picture = values["flame-graph"];
if (picture !== undefined) await drawFlameGraph(picture);
const missed = judgements.filter(({ holds }) => holds === false).length;
console.log(`\n${judgements.length - missed} of ${judgements.length} bars are not missed`);
console.log(`load average at the end ${load()}`);
const machine = { cores: cpus().length, cpu: cpus()[0]?.model, node: process.version, seconds, size };
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine, bars: judgements, ...results }, undefined, 2)}\n`);
if (missed > 0) process.exitCode = 1;
