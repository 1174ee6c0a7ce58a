/**
 * How long from a danmaku's send to every screen? One room, many viewers, a steady rate, by the load generator in a
 * process of its own; latency from the moment each send was due to the last byte at each viewer.
 *
 *   npm run bench:room -- [--viewers 500] [--rate 1000] [--seconds 30] [--warm-up 5] [--json FILE] [--no-pin] [--bar 43]
 *
 * Ends with code 1 when a check failed, the server's ledger does not account for every record, the generator did not keep
 * up, or p95 is over the bar (ms).
 */
import { parseArgs } from "node:util";
import { ms, planOf } from "@barrage/load";
import type { LoadPlan, LoadReport } from "@barrage/load";
import { conclude } from "../load/conclude.ts";
import { drive } from "../load/drive.ts";
import { effortLine } from "../load/effort.ts";
import type { Effort } from "../load/effort.ts";
import { latencyTable } from "../load/latency-table.ts";
import { runFaults } from "../load/run-faults.ts";
import { ledgerFaults, ledgerLine, serverLedger } from "../load/server-ledger.ts";
import { startBarrage } from "../load/server-process.ts";

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

const USERS = 200;
const LANES = 32;

await using server = await startBarrage(values.flag, { pin: !values["no-pin"] });
const { host, port } = server;
const plan = (run: string, length: number): LoadPlan => {
  const seed = Number(values.seed);
  const choice = { protocol: "barrage", host, port, run, seed, viewers, rate, seconds: length, users: USERS };
  return { ...planOf("live-room", choice), lanes: LANES };
};
const warmUps = warmUp > 0 ? [plan("warmup", warmUp)] : [];
const { report, effort } = await drive(server, [...warmUps, plan("bench", seconds)]);
const ledger = await serverLedger(server);
const faults = [...ledgerFaults(ledger, report.delivered), ...overBar(report), ...runFaults(report)];
print(report, effort);

function overBar({ latencies }: LoadReport): readonly string[] {
  const { p95 } = latencies.delivery;
  return p95 > bar ? [`p95 ${ms(p95)} ms is over the bar of ${bar} ms`] : [];
}

function print({ latencies, audience, published, refused, sample, plan: done }: LoadReport, spent: Effort) {
  console.log(
    `one room, ${viewers} viewers, ${rate} danmaku/s for ${seconds} s after ${warmUp} s of warm-up`,
  );
  console.log(`server ${server.isPinned ? "pinned to a core of its own" : "not pinned"}, rate limits off`);
  console.log(latencyTable(latencies));
  console.log(effortLine(spent));
  console.log(
    `published ${published} (refused ${JSON.stringify(refused)}), delivered ${audience.received} of ${audience.expected} ` +
      `(${(audience.received / audience.expected).toFixed(6)}), withheld ${audience.withheld}, gaps ${audience.gaps}; ` +
      `every batch's header checked`,
  );
  console.log(
    `contents: ${sample.records} records (1 batch in ${Math.round(1 / done.sampleShare)}, seed ${done.seed}), ${sample.wrong} wrong`,
  );
  console.log(ledgerLine(ledger));
}

conclude(faults, { viewers, rate, seconds, effort, report, ledger }, values.json);
