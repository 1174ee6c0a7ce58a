/**
 * Does anything stay behind? Visitors of a server in this process connect, publish and leave, half of them with a close
 * handshake, half with a cut connection; before and after, the kernel's own tools count live tasks, timers, open handles
 * and heap.
 *
 *   node --expose-gc bench/macro/soak.ts [--rounds 50000] [--warm-up 2000] [--lanes 32] [--json FILE]
 *
 * Ends with code 1 when tasks, timers or handles are not what they were, the heap grew by more than the bar, or the
 * server's ledger does not account for every record.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { background, liveTaskCount, scope, sleep } from "@barrage/kernel";
import { findLeaks, currentTasks, groupText, profile } from "@barrage/kernel/diagnostics";
import { protocolNamed } from "@barrage/load";
import { createLogger, resolveConfig, startServer } from "@barrage/server";
import { UNLIMITED } from "../../tests/support/no-limits.ts";
import { makeRounds, type SoakTarget } from "../load/soak-rounds.ts";
import { ledgerFaults, ledgerLine, serverLedger } from "../load/server-ledger.ts";
import { table } from "../load/table.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50000" },
    "warm-up": { type: "string", default: "2000" },
    lanes: { type: "string", default: "32" },
    samples: { type: "string", default: "10" },
    /** Megabytes that the heap may grow between the sample after the warm-up and the last one. */
    "heap-bar": { type: "string", default: "8" },
    json: { type: "string" },
  },
});
const [rounds, warmUp, lanes, samplesTaken, heapBar] = [
  values.rounds,
  values["warm-up"],
  values.lanes,
  values.samples,
  values["heap-bar"],
].map(Number) as [number, number, number, number, number];

const USERS = 64;
const ROOMS = 8;
// Connections that were just closed are forgotten by both sides in the next turns; tasks end with them (ms).
const SETTLE_MS = 1_500;
const BASELINE_SAMPLES = 4;
/** Further samples while something is above what it was: 40 s, more than any timer in passing lives. */
const SAMPLES_AGAIN = 27;

interface Sample {
  readonly rounds: number;
  readonly tasks: number;
  readonly timers: number;
  /** Open sockets, servers, files and the like. */
  readonly handles: number;
  readonly heapMb: number;
}

const { gc } = globalThis;
if (gc === undefined) throw new Error("run with --expose-gc");

async function sample(done: number): Promise<Sample> {
  await sleep(SETTLE_MS);
  for (let i = 0; i < 4; i += 1) await gc?.({ type: "major", execution: "async" });
  const resources = process.getActiveResourcesInfo();
  const timers = resources.filter((name) => name === "Timeout" || name === "Immediate").length;
  return {
    rounds: done,
    tasks: liveTaskCount(),
    timers,
    handles: resources.length - timers,
    heapMb: process.memoryUsage().heapUsed / 1_048_576,
  };
}

/** The highest of a few: a task that is at work just then has no timer, and must not pass for one less. */
async function baselineSample(): Promise<Sample> {
  let highest = await sample(0);
  for (let more = 1; more < BASELINE_SAMPLES; more += 1) {
    const next = await sample(0);
    const tasks = Math.max(highest.tasks, next.tasks);
    const timers = Math.max(highest.timers, next.timers);
    highest = { ...next, tasks, timers, handles: Math.max(highest.handles, next.handles) };
  }
  return highest;
}

function isAbove(now: Sample | undefined, before: Sample | undefined): boolean {
  if (now === undefined || before === undefined) return false;
  return now.tasks > before.tasks || now.timers > before.timers || now.handles > before.handles;
}

const dir = mkdtempSync(join(tmpdir(), "barrage-soak-"));
const { config } = resolveConfig({
  flags: { "store.dir": dir, "server.port": "0", "server.shutdown-spread-ms": "0", ...UNLIMITED },
});
const server = await startServer(config, {
  log: createLogger({ level: "warn", stream: { write: (line) => void process.stderr.write(line) } }),
});
const { port } = server.address;
const where = { host: "127.0.0.1", port };
const tokens: string[] = [];
for (let user = 0; user < USERS; user += 1)
  tokens.push((await protocolNamed("barrage").login(where, `bench-${user}`, background)) ?? "");
const target: SoakTarget = { ...where, tokens, rooms: ROOMS };

/** Danmaku that visitors saw come back. */
let received = 0;

async function visit(from: number, end: number): Promise<void> {
  await scope(
    (all) => {
      for (let lane = 0; lane < lanes; lane += 1) {
        const part = { first: from + lane, end, step: lanes };
        all.spawn(
          async (ctx) => {
            const own = await makeRounds(target, part, ctx);
            received += own;
          },
          { name: "visitor" },
        );
      }
    },
    { name: "visitors" },
  );
}

await visit(0, warmUp);
const samples = [await baselineSample()];
const baseline = currentTasks();
const started = performance.now();
const cpu = process.cpuUsage();
for (let part = 0; part < samplesTaken; part += 1) {
  const [from, end] = [part, part + 1].map((x) => Math.floor((rounds * x) / samplesTaken)) as [
    number,
    number,
  ];
  await visit(warmUp + from, warmUp + end);
  const at = await sample(end);
  samples.push(at);
  process.stderr.write(`${end} rounds: ${at.tasks} tasks, ${at.heapMb.toFixed(2)} MB\n`);
}
// What is in passing (a socket on its way out, the 30 s that ws gives a close handshake) is gone by then; what leaked is not.
for (let again = 0; again < SAMPLES_AGAIN && isAbove(samples.at(-1), samples[0]); again += 1) {
  samples.push(await sample(rounds));
}
const seconds = (performance.now() - started) / 1_000;
const used = process.cpuUsage(cpu);
const outlived = await findLeaks({ since: baseline });
const alive = profile().map(groupText).join("\n");

console.log(
  table(
    ["rounds", "live tasks", "timers", "handles", "heap MB"],
    samples.map((at) => [at.rounds, at.tasks, at.timers, at.handles, at.heapMb.toFixed(2)]),
  ),
);
console.log(
  `${rounds} rounds in ${seconds.toFixed(0)} s, ${((used.user + used.system) / 1e6).toFixed(0)} s of CPU, ` +
    `load average ${loadavg()
      .map((x) => x.toFixed(1))
      .join(" ")}`,
);
console.log(`\nalive at the end:\n${alive}`);

const ledger = await serverLedger(where);
const unaccounted = ledgerFaults(ledger, received);

await server.close();
rmSync(dir, { recursive: true, force: true });

console.log(ledgerLine(ledger));
for (const fault of unaccounted) console.log(`FAILED: ${fault}`);

const first = samples[0] as Sample;
const last = samples.at(-1) as Sample;
const grown = last.heapMb - first.heapMb;
const verdicts = {
  "live tasks": last.tasks <= first.tasks,
  timers: last.timers <= first.timers,
  handles: last.handles <= first.handles,
  [`heap (${grown.toFixed(2)} MB, bar ${heapBar})`]: grown <= heapBar,
  "tasks after close": liveTaskCount() === 0,
  [`tasks that outlived their round (${outlived.length})`]: outlived.length === 0,
};
for (const [what, isFlat] of Object.entries(verdicts))
  console.log(`${isFlat ? "flat" : "NOT FLAT"}  ${what}`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ samples, seconds, ledger }, undefined, 2)}\n`);
process.exitCode = Object.values(verdicts).every(Boolean) && unaccounted.length === 0 ? 0 : 1;
