/**
 * How fast is a danmaku acknowledged? `POST /api/v1/danmu` at steady rates (open model: latency counts from the moment
 * the send was due; one viewer watches that each acknowledged one arrives) and by a fixed number of senders that each
 * wait for their answer (closed loop: the most it takes).
 *
 *   npm run bench:ack -- [--rates 200,500,1000] [--closed 1,8,32] [--seconds 10] [--json FILE] [--no-pin]
 *
 * Ends with code 1 when a publish was refused, a delivery is missing, the server's ledger does not account for every
 * record, or the generator did not keep up.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ms, planOf } from "@barrage/load";
import type { Counts, LatencySummary, LoadPlan } from "@barrage/load";
import { drive, driveClosed } from "../load/drive.ts";
import { effortLine, percent, reasonForNoResult } from "../load/effort.ts";
import type { Effort } from "../load/effort.ts";
import { LATENCY_HEADING, latencyCells } from "../load/latency-table.ts";
import { ledgerFaults, ledgerLine, serverLedger } from "../load/server-ledger.ts";
import { startBarrage } from "../load/server-process.ts";
import { table } from "../load/table.ts";

const USERS = 100;
const WARM_UP = { rate: 200, seconds: 3 } as const;

const { values } = parseArgs({
  options: {
    rates: { type: "string", default: "200,500,1000,2000" },
    closed: { type: "string", default: "1,8,32,128" },
    seconds: { type: "string", default: "10" },
    json: { type: "string" },
    /** Lets the scheduler place server and generator where it likes. */
    "no-pin": { type: "boolean", default: false },
  },
});
const numbers = (text: string): readonly number[] => (text === "" ? [] : text.split(",").map(Number));
const seconds = Number(values.seconds);

interface Step {
  readonly name: string;
  readonly perSecond: number;
  readonly ack: LatencySummary;
  /** Answers that were no 202, by code. */
  readonly refused: Counts;
  readonly effort: Effort;
  /** What the one viewer got. */
  readonly received: number;
  readonly faults: readonly string[];
}

await using server = await startBarrage([], { pin: !values["no-pin"] });

function plan(run: string, rate: number, length: number): LoadPlan {
  const { host, port } = server;
  const choice = { protocol: "barrage", host, port, run, seed: 1, rate, seconds: length };
  return planOf("live-room", { ...choice, viewers: 1, users: USERS });
}

async function openStep(rate: number): Promise<Step> {
  const warmUp = plan("warmup", WARM_UP.rate, WARM_UP.seconds);
  const { report, effort } = await drive(server, [warmUp, plan("bench", rate, seconds)]);
  const { latencies, refused, audience, timeline } = report;
  // Only the seconds of the schedule: what is answered after it came late.
  const inTime = timeline.filter(({ second }) => second >= 0 && second < seconds);
  const perSecond = inTime.reduce((sum, { acked }) => sum + acked, 0) / seconds;
  const noResult = reasonForNoResult(report);
  const faults = [
    ...(audience.lost > 0 ? [`${audience.lost} deliveries are missing`] : []),
    ...(noResult === undefined ? [] : [`no result: ${noResult}`]),
  ];
  const { delivered: received } = report;
  return { name: `open ${rate}/s`, perSecond, ack: latencies.ack, refused, effort, received, faults };
}

async function closedStep(senders: number): Promise<Step> {
  const loop = { senders, seconds, users: USERS, rooms: ["bench"] };
  const { result, effort } = await driveClosed(server, loop);
  const { ack, refused } = result;
  const perSecond = ack.count / result.seconds;
  return { name: `closed ${senders}`, perSecond, ack, refused, effort, received: 0, faults: [] };
}

function print(steps: readonly Step[]): void {
  const heading = [
    "load",
    "acks/s",
    ...LATENCY_HEADING,
    "refused",
    "server CPU",
    "generator CPU",
    "loop p99 ms",
    "others CPU",
  ];
  const rows = steps.map(({ name, perSecond, ack, refused, effort }) => [
    name,
    Math.round(perSecond),
    ...latencyCells(ack),
    Object.keys(refused).length === 0 ? "0" : JSON.stringify(refused),
    percent(effort.serverCpu),
    percent(effort.generatorCpu),
    ms(effort.loopDelayP99Ms),
    percent(effort.othersCpu),
  ]);
  console.log(table(heading, rows));
}

console.log(
  `server ${server.isPinned ? "pinned to a core of its own" : "not pinned"}, rate limits off, ${USERS} users`,
);
const steps: Step[] = [];
for (const rate of numbers(values.rates)) steps.push(await openStep(rate));
for (const senders of numbers(values.closed)) steps.push(await closedStep(senders));
print(steps);
const last = steps.at(-1);
if (last !== undefined) console.log(`last step: ${effortLine(last.effort)}`);
const ledger = await serverLedger(server);
const unaccounted = ledgerFaults(
  ledger,
  steps.reduce((sum, { received }) => sum + received, 0),
);
console.log(ledgerLine(ledger));
for (const fault of unaccounted) console.log(`FAILED: ${fault}`);
for (const { name, faults } of steps) for (const fault of faults) console.log(`FAILED: ${name}: ${fault}`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ steps, ledger }, undefined, 2)}\n`);
const isWhole = steps.every(
  ({ refused, faults }) => Object.keys(refused).length === 0 && faults.length === 0,
);
if (!isWhole || unaccounted.length > 0) process.exitCode = 1;
