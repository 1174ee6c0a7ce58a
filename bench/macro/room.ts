/**
 * How long from a danmaku's send to every screen? One room, many viewers, a steady rate; latency from the moment each
 * send was due to the last byte at each viewer. Every batch's header is checked, contents on a seeded sample.
 *
 *   npm run bench:room -- [--viewers 500] [--rate 1000] [--seconds 30] [--json FILE] [--no-pin] [--bar 43]
 *
 * Ends with code 1 when a check failed or p95 is over the bar (ms).
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { background, go, Ticker } from "@barrage/kernel";
import { report } from "../load/deliveries.ts";
import type { DeliveryReport, Published } from "../load/deliveries.ts";
import { postRequest } from "../load/http-lane.ts";
import { Latency } from "../load/latency.ts";
import { Lanes } from "../load/lanes.ts";
import { effortLine, EffortMeter } from "../load/meter.ts";
import type { Effort } from "../load/meter.ts";
import { runSchedule } from "../load/open-model.ts";
import { Audience } from "../load/room-audience.ts";
import type { AudienceLog } from "../load/room-audience.ts";
import { startBenchServer } from "../load/server-process.ts";
import { seededSample } from "../load/sample.ts";
import { ms, table } from "../load/table.ts";
import { viewerTokens } from "../load/users.ts";

const { values } = parseArgs({
  options: {
    viewers: { type: "string", default: "500" },
    rate: { type: "string", default: "1000" },
    seconds: { type: "string", default: "30" },
    "warm-up": { type: "string", default: "5" },
    bar: { type: "string", default: "43" },
    seed: { type: "string", default: "1" },
    json: { type: "string" },
    /** Lets the scheduler place server and generator where it likes. */
    "no-pin": { type: "boolean", default: false },
    flag: { type: "string", multiple: true, default: [] },
  },
});
const [viewers, rate, seconds, warmUp, bar] = [
  values.viewers,
  values.rate,
  values.seconds,
  values["warm-up"],
  values.bar,
].map(Number) as [number, number, number, number, number];

const ROOM = "bench";
const USERS = 200;
const LANES = 32;
const PING_EVERY_MS = 20_000;
/** Share of batches whose content is parsed and compared. */
const SAMPLE_SHARE = 1 / 500;

await using server = await startBenchServer(
  [`--server.connections-per-address=${viewers + 10}`, ...values.flag],
  { pin: !values["no-pin"] },
);
const tokens = await viewerTokens(server, USERS);
const audience = new Audience(seededSample(Number(values.seed), SAMPLE_SHARE));
for (let seat = 0; seat < viewers; seat += 1) await audience.join(server, ROOM);

const pings = go(
  async (ctx) => {
    using beat = new Ticker(PING_EVERY_MS, ctx);
    for await (const _ of beat) audience.ping();
  },
  { name: "pings" },
);

const lanes = new Lanes(server.host, server.port, LANES);
const published: Published[] = [];
const refused = new Map<number, number>();
/** From due to acknowledged: what of the delivery's time was spent before the record was durable. */
const acks = new Latency();

function send(index: number, dueAt: number): void {
  const content = `第${index}条 ${"danmaku 弹幕 ".repeat(index % 3)}${index * 7_919}`;
  const request = postRequest("/api/v1/danmu", tokens[index % tokens.length], { room_id: ROOM, content });
  lanes.submit(request, ({ status, body }) => {
    if (status === 202 && index >= rate * warmUp) acks.record(performance.now() - dueAt);
    if (status === 202) published.push({ seq: (JSON.parse(body) as { seq: number }).seq, dueAt, content });
    else refused.set(status, (refused.get(status) ?? 0) + 1);
  });
}

await runSchedule({ rate, seconds: warmUp }, (index, dueAt) => send(index, dueAt), background);
const from = performance.now();
const meter = new EffortMeter(server);
await runSchedule({ rate, seconds }, (index, dueAt) => send(rate * warmUp + index, dueAt), background);
const effort = meter.stop();
const to = performance.now();
await lanes.drained();
const lastSeq = Math.max(...published.map(({ seq }) => seq));
await reached(lastSeq);
pings.cancel();
lanes.close();
const log = audience.leave();
const result = report(published, log, { from, to });
print(result, log, effort);

/** Waits until every viewer has the last record; a viewer who never gets it shows as a missing delivery. */
async function reached(seq: number): Promise<void> {
  using limited = background.cancellable({ timeout: 10_000, name: "last deliveries" });
  using beat = new Ticker(10, limited);
  try {
    for await (const _ of beat) if (audience.slowestHead >= seq) return;
  } catch (error) {
    if (!limited.cancelled) throw error;
  }
}

function print(
  { latency, covered, contentsChecked, contentsWrong }: DeliveryReport,
  log: AudienceLog,
  effort: Effort,
): void {
  const expected = published.length * viewers;
  console.log(
    `one room, ${viewers} viewers, ${rate} danmaku/s for ${seconds} s after ${warmUp} s of warm-up`,
  );
  console.log(`server ${server.isPinned ? "pinned to a core of its own" : "not pinned"}, rate limits off`);
  console.log(
    table(
      ["from due to", "count", "p50 ms", "p95 ms", "p99 ms", "max ms"],
      (
        [
          ["delivered", latency],
          ["acknowledged", acks.summary],
        ] as const
      ).map(([name, { count, p50, p95, p99, max }]) => [name, count, ms(p50), ms(p95), ms(p99), ms(max)]),
    ),
  );
  console.log(effortLine(effort));
  console.log(
    `published ${published.length} (refused ${JSON.stringify(Object.fromEntries(refused))}), ` +
      `delivered ${log.delivered} of ${expected} (${(log.delivered / expected).toFixed(6)}), ` +
      `shed ${log.shed}, gaps ${log.gaps}; ${log.batches} batch headers checked, ` +
      `${(log.delivered / log.batches).toFixed(1)} records a batch`,
  );
  console.log(
    `contents: ${contentsChecked} records of ${log.sampled.length} batches (1 in ${1 / SAMPLE_SHARE}, seed ${values.seed}), ${contentsWrong} wrong`,
  );
  const faults = [...log.faults].map(([name, count]) => `${count} x ${name}`);
  if (covered !== log.delivered + log.shed)
    faults.push(`headers cover ${covered}, but tell of ${log.delivered + log.shed}`);
  if (log.delivered !== expected) faults.push(`${expected - log.delivered} deliveries are missing`);
  if (contentsWrong > 0) faults.push(`${contentsWrong} wrong contents`);
  if (refused.size > 0) faults.push("publishes were refused");
  if (latency.p95 > bar) faults.push(`p95 ${ms(latency.p95)} ms is over the bar of ${bar} ms`);
  console.log(faults.length === 0 ? "all checks hold" : `FAILED: ${faults.join("; ")}`);
  if (faults.length > 0) process.exitCode = 1;
  if (values.json !== undefined) {
    const { receipts: _, sampled: __, faults: ___, ...counts } = log;
    const text = JSON.stringify(
      { viewers, rate, seconds, latency, acks: acks.summary, effort, ...counts, faults },
      undefined,
      2,
    );
    writeFileSync(values.json, `${text}\n`);
  }
}
