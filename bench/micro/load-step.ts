/**
 * What the flush window does in a load step: one room, real sockets, danmaku at a low rate, then at a high one, then at the
 * low one again; every half second the rate, the window in force and fan-out's records a write.
 *
 *   node bench/micro/load-step.ts [--viewers 1000] [--low 20] [--high 1200] [--seconds 6] [--share 0.6] [--plot OUT.svg]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { imbalance } from "@barrage/engine";
import { background, Ticker } from "@barrage/kernel";
import { ROOM, audience, engineWith } from "../load/engine-audience.ts";
import { stepPlot } from "../load/step-plot.ts";
import type { Lane } from "../load/step-plot.ts";

const { values } = parseArgs({
  options: {
    viewers: { type: "string", default: "1000" },
    low: { type: "string", default: "20" },
    high: { type: "string", default: "1200" },
    seconds: { type: "string", default: "6" },
    share: { type: "string", default: "0.6" },
    plot: { type: "string" },
  },
});
const [viewers, low, high, seconds, share] = [
  values.viewers,
  values.low,
  values.high,
  values.seconds,
  values.share,
].map(Number) as [number, number, number, number, number];

const TICK_MS = 10;
const ROW_MS = 500;
const MS_PER_CHARACTER = 2;

using seats = await audience(viewers);
const { engine } = await engineWith(seats.sockets, share);

let sent = 0;
const says = {
  content: "弹幕飞过屏幕之上弹幕飞过屏幕之上",
  mode: "scroll",
  color: 0xffffff,
  size: 25,
} as const;

function publish(): void {
  const uid = `u${String(sent++ % 97)}`;
  const caller = { principal: { uid, name: uid, role: "viewer" as const }, address: "192.0.2.1" };
  // A refusal would show as a lower rate.
  engine.publisher.danmaku(caller, ROOM, says, background).catch(() => undefined);
}

/** One row of the table. */
interface Row {
  /** Seconds after the start. */
  readonly second: number;
  /** Danmaku per second. */
  readonly rate: number;
  /** Of a core, percent. */
  readonly cpu: number;
  readonly windowMs: number;
}
const rows: Row[] = [];

function print({ second, rate, cpu, windowMs }: Row): void {
  const cells = [
    second.toFixed(1).padStart(5),
    String(Math.round(rate)).padStart(6),
    `${cpu.toFixed(0)} %`.padStart(6),
    String(windowMs).padStart(4),
    "#".repeat(Math.ceil(windowMs / MS_PER_CHARACTER)),
  ];
  console.log(cells.join("  "));
}

/** The wall clock decides how many are due, so that a late tick makes up for itself. */
async function run(): Promise<void> {
  const start = performance.now();
  let [due, rowAt, before, cpu] = [0, ROW_MS, 0, process.cpuUsage()];
  using beat = new Ticker(TICK_MS, background);
  let last = start;
  for await (const _ of beat) {
    const now = performance.now();
    const at = now - start;
    const phase = Math.floor(at / 1_000 / seconds);
    if (phase > 2) return;
    due += ((phase === 1 ? high : low) * (now - last)) / 1_000;
    last = now;
    for (; due >= 1; due -= 1) publish();
    if (at < rowAt) continue;
    const { published } = engine.totals;
    const used = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const spanMs = at - rowAt + ROW_MS;
    const row: Row = {
      second: at / 1_000,
      rate: ((published - before) * 1_000) / spanMs,
      cpu: (used.user + used.system) / 10 / spanMs,
      windowMs: engine.windowMs,
    };
    rows.push(row);
    print(row);
    [rowAt, before] = [at + ROW_MS, published];
  }
}

console.log(`${viewers} viewers; ${low}, then ${high}, then ${low} danmaku/s; share ${share}`);
console.log("    s     /s     CPU  window ms");
await run();
const ledger = engine.gateway.ledger();
console.log(`ledger: ${JSON.stringify(ledger)}, imbalance ${imbalance(ledger)}`);
await engine.stop(background);
if (values.plot !== undefined) {
  const lane = (label: string, of: (row: Row) => number): Lane => ({ label, values: rows.map(of) });
  const title = `One room of ${viewers} viewers: ${low}, then ${high}, then ${low} danmaku/s`;
  const lanes = [
    lane("danmaku/s", (row) => row.rate),
    lane("CPU of the process, % of a core", (row) => row.cpu),
    lane("flush window in force, ms", (row) => row.windowMs),
  ];
  const moments = rows.map((row) => row.second);
  writeFileSync(values.plot, stepPlot(title, moments, lanes));
}
