/**
 * How fast is a danmaku acknowledged? `POST /api/v1/danmu` at steady rates (open model: latency counts from the moment
 * the send was due) and by a fixed number of senders that each wait for their answer (closed loop: the most it takes).
 *
 *   npm run bench:ack -- [--rates 200,500,1000] [--closed 1,8,32] [--seconds 10] [--json FILE] [--no-pin]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { background } from "@barrage/kernel";
import { postRequest } from "../load/http-lane.ts";
import { Lanes } from "../load/lanes.ts";
import { Latency } from "../load/latency.ts";
import type { LatencySummary } from "../load/latency.ts";
import { effortLine, EffortMeter } from "../load/meter.ts";
import type { Effort } from "../load/meter.ts";
import { runSchedule } from "../load/open-model.ts";
import { startBenchServer } from "../load/server-process.ts";
import type { BenchServer } from "../load/server-process.ts";
import { ms, table } from "../load/table.ts";
import { viewerTokens } from "../load/users.ts";

const ROOM = "bench";
const USERS = 100;
/** Connections of the open model: more than can be under way before the line is the result. */
const OPEN_LANES = 64;
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
const numbers = (text: string): readonly number[] => text.split(",").map(Number);
const seconds = Number(values.seconds);

interface Step {
  readonly name: string;
  readonly perSecond: number;
  readonly latency: LatencySummary;
  /** Answers that were no 202, by status. */
  readonly refused: Readonly<Record<string, number>>;
  readonly effort: Effort;
}

/** Requests of many users, made ahead: building them is not what is measured. */
function requestsOf(tokens: readonly string[]): (index: number) => Buffer {
  const bodies = tokens.map((token, user) =>
    postRequest("/api/v1/danmu", token, { room_id: ROOM, content: `这个转场太丝滑了 ${user} well done` }),
  );
  return (index) => bodies[index % bodies.length] ?? Buffer.alloc(0);
}

class Answers {
  readonly latency = new Latency();
  readonly refused: Record<string, number> = {};

  add(status: number, sinceMs: number): void {
    if (status === 202) this.latency.record(performance.now() - sinceMs);
    else this.refused[status] = (this.refused[status] ?? 0) + 1;
  }
}

async function openStep(
  server: BenchServer,
  request: (index: number) => Buffer,
  rate: number,
  length: number,
): Promise<Step> {
  const lanes = new Lanes(server.host, server.port, OPEN_LANES);
  const answers = new Answers();
  const startedAt = performance.now();
  const meter = new EffortMeter(server);
  await runSchedule(
    { rate, seconds: length },
    (index, dueAt) => lanes.submit(request(index), ({ status }) => answers.add(status, dueAt)),
    background,
  );
  await lanes.drained();
  const effort = meter.stop();
  const took = (performance.now() - startedAt) / 1_000;
  lanes.close();
  const latency = answers.latency.summary;
  return {
    name: `open ${rate}/s`,
    perSecond: latency.count / took,
    latency,
    refused: answers.refused,
    effort,
  };
}

async function closedStep(
  server: BenchServer,
  request: (index: number) => Buffer,
  senders: number,
): Promise<Step> {
  const lanes = new Lanes(server.host, server.port, senders);
  const answers = new Answers();
  const startedAt = performance.now();
  const meter = new EffortMeter(server);
  let index = 0;
  const next = (): void => {
    const sentAt = performance.now();
    if (sentAt - startedAt > seconds * 1_000) return;
    lanes.submit(request((index += 1)), ({ status }) => {
      answers.add(status, sentAt);
      next();
    });
  };
  for (let sender = 0; sender < senders; sender += 1) next();
  await lanes.drained();
  const effort = meter.stop();
  const took = (performance.now() - startedAt) / 1_000;
  lanes.close();
  const latency = answers.latency.summary;
  return {
    name: `closed ${senders}`,
    perSecond: latency.count / took,
    latency,
    refused: answers.refused,
    effort,
  };
}

function print(steps: readonly Step[]): void {
  const heading = [
    "load",
    "acks/s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "max ms",
    "refused",
    "server CPU",
    "generator CPU",
    "loop p99 ms",
    "others CPU",
  ];
  const rows = steps.map(({ name, perSecond, latency, refused, effort }) => [
    name,
    Math.round(perSecond),
    ms(latency.p50),
    ms(latency.p95),
    ms(latency.p99),
    ms(latency.max),
    Object.keys(refused).length === 0 ? "0" : JSON.stringify(refused),
    `${Math.round(effort.serverCpu * 100)} %`,
    `${Math.round(effort.generatorCpu * 100)} %`,
    ms(effort.loopDelayP99Ms),
    `${Math.round(effort.othersCpu * 100)} %`,
  ]);
  console.log(table(heading, rows));
}

await using server = await startBenchServer([], { pin: !values["no-pin"] });
console.log(
  `server ${server.isPinned ? "pinned to a core of its own" : "not pinned"}, rate limits off, ${USERS} users`,
);
const request = requestsOf(await viewerTokens(server, USERS));
await openStep(server, request, WARM_UP.rate, WARM_UP.seconds);
const steps: Step[] = [];
for (const rate of numbers(values.rates)) steps.push(await openStep(server, request, rate, seconds));
for (const senders of numbers(values.closed)) steps.push(await closedStep(server, request, senders));
print(steps);
const last = steps.at(-1);
if (last !== undefined) console.log(`last step: ${effortLine(last.effort)}`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ steps }, undefined, 2)}\n`);
if (steps.some(({ refused }) => Object.keys(refused).length > 0)) process.exitCode = 1;
