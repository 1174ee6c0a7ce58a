/**
 * So many viewers held and receiving in one worker process of the load generator, against a `barrage serve` in another
 * process. Both need an open file for each connection: `ulimit -n` must be above the number. With several servers each
 * has a worker process and as many viewers of its own, all at once: 2 x 15,000 are more sockets than one source address
 * has ports.
 *
 * node bench/macro/connections.ts [connections] [danmaku per second] [seconds] [servers]
 *
 * Ends with code 1 when not all were open at once, a delivery is missing, or a server's ledger does not account for every
 * record.
 */
import { background } from "@barrage/kernel";
import { planOf, processWorkers, reportLines, runLoad } from "@barrage/load";
import type { LoadReport } from "@barrage/load";
import { figuresOf } from "../load/process-stat.ts";
import { ledgerFaults, ledgerLine, serverLedger } from "../load/server-ledger.ts";
import type { ServerLedger } from "../load/server-ledger.ts";
import { startBarrage } from "../load/server-process.ts";
import { table } from "../load/table.ts";

const [connections = 19_000, rate = 1, seconds = 20, servers = 1] = process.argv.slice(2).map(Number);
const MEBIBYTE = 1_048_576;
/** On a busy machine the last danmaku may be long on its way to so many. */
const DRAIN_MS = 60_000;

interface Held {
  readonly report: LoadReport;
  /** Open at once. */
  readonly open: number;
  readonly workerBytes: number;
  readonly serverBytes: number;
  readonly ledger: ServerLedger;
}

async function hold(run: string): Promise<Held> {
  await using server = await startBarrage([]);
  const plan = planOf("live-room", {
    protocol: "barrage",
    host: server.host,
    port: server.port,
    run,
    seed: 1,
    viewers: connections,
    rate,
    seconds,
    users: rate,
  });
  let [open, workerBytes, worker] = [0, 0, 0];
  const report = await runLoad(
    { ...plan, connectPerSecond: 1_000, heartbeatMs: 10_000, drainMs: DRAIN_MS },
    {
      workers: processWorkers(1, { onProcess: (pid) => (worker = pid) }),
      onSecond(second) {
        open = Math.max(open, second.connections);
        workerBytes = Math.max(workerBytes, figuresOf(worker).residentBytes);
      },
    },
    background,
  );
  const serverBytes = server.figures().residentBytes;
  return { report, open, workerBytes, serverBytes, ledger: await serverLedger(server) };
}

const all = await Promise.all(Array.from({ length: servers }, (_, index) => hold(`many${index}`)));
const rows = all.map(({ report, open, workerBytes, serverBytes }) => {
  const { audience, timeline } = report;
  const whole = timeline.filter(({ second }) => second >= 0 && second < seconds);
  const cpu = whole.reduce((sum, { effort }) => sum + effort.cpu, 0) / Math.max(1, whole.length);
  return [
    open,
    `${audience.received} of ${audience.expected}`,
    audience.lost,
    Math.round(workerBytes / MEBIBYTE),
    (workerBytes / 1_024 / open).toFixed(1),
    Math.round(cpu * 100),
    Math.round(serverBytes / MEBIBYTE),
  ];
});
for (const { report } of all) for (const line of reportLines(report)) console.log(line);
console.log(
  table(["open at once", "received", "lost", "worker MiB", "KiB each", "worker CPU %", "server MiB"], rows),
);
for (const { ledger } of all) console.log(ledgerLine(ledger));
const unaccounted = all.flatMap(({ ledger, report }) => ledgerFaults(ledger, report.delivered));
for (const fault of unaccounted) console.log(`FAILED: ${fault}`);
const isAll = all.every(
  ({ report, open }) => open === connections && report.audience.lost === 0 && report.isComplete,
);
console.log(`${all.reduce((sum, { open }) => sum + open, 0)} connections in all`);
process.exitCode = isAll && unaccounted.length === 0 ? 0 : 1;
