/**
 * The HTTP side of the load generator beside wrk: both keep the same number of requests under way at the same server,
 * one after the other, several times in turns. Where the server's known delay decides (first table), both must report
 * the same rate and the same latencies; where the processor does (second), the rates say what each costs.
 *
 * node bench/macro/wrk-check.ts [senders] [seconds] [rounds]      (Debian: apt-get install wrk)
 *
 * The server here is a reference that delivers to nobody, so its ledger is its count of answers: the generator must have
 * counted exactly those, and wrk all but those under way when it hung up. Ends with code 1 when a count is off, or the two
 * differ where the server decides.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runClosed } from "../load/closed-loop.ts";
import { startServerProcess } from "../load/server-process.ts";
import type { BenchServer } from "../load/server-process.ts";
import { table } from "../load/table.ts";

const [senders = 16, seconds = 3, rounds = 5] = process.argv.slice(2).map(Number);
const DELAY_MS = 20;
/** How far the two may differ where the server decides. */
const TOLERANCE = 0.05;
const SERVER = fileURLToPath(new URL("../load/http-reference.ts", import.meta.url));
const BODY = '{"room_id":"a","content":"这个转场太丝滑了 1 well done"}';

interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Answers that the server counted, over those that the generator did. */
  readonly counted: number;
}

/** Counts that do not fit each other, for people. */
const miscounts: string[] = [];

async function answeredBy({ host, port }: BenchServer): Promise<number> {
  const response = await fetch(`http://${host}:${port}/counts`);
  return ((await response.json()) as { answered: number }).answered;
}

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

function runWrk({ host, port }: BenchServer, script: string): Omit<Figures, "counted"> & { answers: number } {
  const told = execFileSync(
    "wrk",
    [
      "-t1",
      `-c${senders}`,
      `-d${seconds}s`,
      "--latency",
      "-s",
      script,
      `http://${host}:${port}/api/v1/danmu`,
    ],
    { encoding: "utf8" },
  );
  const percentile = (percent: number): number => {
    const [, value, unit = ""] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(told) ?? [];
    return Number(value) * (UNIT_MS[unit] ?? Number.NaN);
  };
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(told)?.[1]),
    answers: Number(/(\d+) requests in/.exec(told)?.[1]),
    p50: percentile(50),
    p90: percentile(90),
    p99: percentile(99),
  };
}

async function runOurs(target: BenchServer): Promise<Omit<Figures, "counted"> & { answers: number }> {
  const loop = { target, senders, seconds, users: 1, rooms: ["a"] };
  const { ack, seconds: took } = await runClosed(loop, { started() {}, ended() {} });
  return { perSecond: ack.count / took, answers: ack.count, p50: ack.p50, p90: ack.p90, p99: ack.p99 };
}

/** Whatever else the machine does only slows a run down: each figure's best of all runs is nearest to the truth. */
function bestOf(runs: readonly Figures[]): Figures {
  const least = (name: keyof Figures): number => Math.min(...runs.map((run) => run[name]));
  return {
    perSecond: Math.max(...runs.map(({ perSecond }) => perSecond)),
    p50: least("p50"),
    p90: least("p90"),
    p99: least("p99"),
    counted: least("counted"),
  };
}

async function compared(delayMs: number, script: string): Promise<{ ours: Figures; wrk: Figures }> {
  await using server = await startServerProcess([SERVER, String(delayMs)]);
  const [ours, wrk]: [Figures[], Figures[]] = [[], []];
  const counting = async (
    run: () => ReturnType<typeof runOurs>,
    into: Figures[],
    mayBeUnderWay: number,
  ): Promise<void> => {
    const before = await answeredBy(server);
    const { answers, ...figures } = await run();
    const counted = (await answeredBy(server)) - before;
    if (counted < answers || counted > answers + mayBeUnderWay)
      miscounts.push(`the server answered ${counted} times, ${answers} were counted`);
    into.push({ ...figures, counted: counted / answers });
  };
  for (let round = 0; round < rounds; round += 1) {
    await counting(() => runOurs(server), ours, 0);
    await counting(() => Promise.resolve(runWrk(server, script)), wrk, senders);
  }
  return { ours: bestOf(ours), wrk: bestOf(wrk) };
}

function print(title: string, { ours, wrk }: { ours: Figures; wrk: Figures }): void {
  const row = (name: string, { perSecond, p50, p90, p99, counted }: Figures): string[] => [
    name,
    perSecond.toFixed(0),
    ...[p50, p90, p99].map((value) => value.toFixed(2)),
    counted.toFixed(4),
  ];
  console.log(`${title}, ${senders} requests under way, best of ${rounds} runs of ${seconds} s`);
  const heading = ["", "answers/s", "p50 ms", "p90 ms", "p99 ms", "server's count / own"];
  console.log(`${table(heading, [row("barrage load", ours), row("wrk", wrk)])}\n`);
}

const folder = mkdtempSync(join(tmpdir(), "barrage-wrk-"));
try {
  const script = join(folder, "post.lua");
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = '${BODY}'\nwrk.headers["Content-Type"] = "application/json"\nwrk.headers["Authorization"] = "Bearer t"\n`,
  );
  const delayed = await compared(DELAY_MS, script);
  print(`The server answers after ${DELAY_MS} ms`, delayed);
  print("The server answers at once", await compared(0, script));
  const differences = (["perSecond", "p50"] as const).map((name) => delayed.ours[name] / delayed.wrk[name]);
  const agree = differences.every((ratio) => Math.abs(ratio - 1) <= TOLERANCE);
  console.log(
    `rate and p50 beside wrk's: ${differences.map((ratio) => ratio.toFixed(3)).join(", ")}; ${agree ? "they agree" : "THEY DIFFER"}`,
  );
  for (const miscount of miscounts) console.log(`FAILED: ${miscount}`);
  process.exitCode = agree && miscounts.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
