import type { LatencySummary } from "../measure/latencies.ts";
import type { Counts } from "../run/second.ts";
import type { LoadReport } from "./load-report.ts";
import type { ServerSecond } from "./server-second.ts";
import type { Verdict } from "./thresholds.ts";

const BLOCKS = "▁▂▃▄▅▆▇█";

/** Values as a row of blocks, the largest as the highest. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values, 0);
  return values
    .map((value) => BLOCKS[most > 0 ? Math.round((value / most) * (BLOCKS.length - 1)) : 0])
    .join("");
}

export const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 1);

const latencyLine = (name: string, { count, p50, p95, p99, p999, max }: LatencySummary): string =>
  `${name.padEnd(10)} ${String(count).padStart(10)}  ${[p50, p95, p99, p999, max].map((value) => ms(value).padStart(8)).join(" ")}`;

const countsText = (counts: Counts): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} x ${name}`)
    .join(", ") || "none";

const MEBIBYTE = 1_048_576;

/** What the server used, by its own metrics. */
function serverLines({ server }: LoadReport): readonly string[] {
  const most = (of: (second: ServerSecond) => number | undefined): number =>
    server.reduce((high, second) => Math.max(high, of(second) ?? 0), 0);
  const cpus = server.flatMap(({ cpu }) => cpu ?? []);
  if (cpus.length === 0) return [];
  const mean = cpus.reduce((sum, cpu) => sum + cpu, 0) / cpus.length;
  return [
    `server: CPU ${(mean * 100).toFixed(0)} % of a core, at most ${(most(({ cpu }) => cpu) * 100).toFixed(0)} %; ` +
      `memory at most ${(most(({ residentBytes }) => residentBytes) / MEBIBYTE).toFixed(0)} MiB`,
  ];
}

/** What is to be said of workers beyond their number. */
function workerLines({ lostWorkers, clocks }: LoadReport): readonly string[] {
  const lines = lostWorkers.map(
    ({ message, lastSecond }) =>
      `${message} Its last second was ${lastSecond}; what its viewers got is not known.`,
  );
  const worst = clocks.map(({ errorMs }) => errorMs).toSorted((a, b) => b - a);
  const error = (worst[0] ?? 0) + (worst[1] ?? 0);
  if (error > 0) lines.push(`clocks of the workers' machines: latencies are off by at most ${ms(error)} ms`);
  return lines;
}

/** A report as lines for a person. */
export function reportLines(report: LoadReport): readonly string[] {
  const { audience, latencies, sample, plan } = report;
  const lines = [
    `${plan.scenario} against ${plan.host}:${plan.port} (${plan.protocol}), ${plan.viewers} viewers, ` +
      `${plan.rooms.length} rooms, seed ${plan.seed}, ${report.workers} workers${report.isComplete ? "" : ", STOPPED EARLY"}`,
    `${"ms".padEnd(10)} ${"count".padStart(10)}  ${["p50", "p95", "p99", "p99.9", "max"].map((name) => name.padStart(8)).join(" ")}`,
  ];
  for (const [name, summary] of Object.entries(latencies))
    if (summary.count > 0) lines.push(latencyLine(name, summary));
  const known = audience.viewers > 0;
  lines.push(
    `published ${report.published}, acknowledged ${report.acked}, refused: ${countsText(report.refused)}`,
    !known
      ? "received: stopped before what the viewers got was known"
      : `received ${audience.received} of ${audience.expected}; lost ${audience.lost}, withheld and told ${audience.withheld}, ` +
          `doubles ${audience.doubles}, out of order ${audience.disordered}, chain breaks ${audience.chainBreaks}, gaps ${audience.gaps}`,
    `contents: ${sample.records} records compared (share ${sample.share}), ${sample.wrong} wrong; faults: ${countsText(report.faults)}`,
    ...serverLines(report),
    ...workerLines(report),
    `connections closed: ${countsText(report.closed)}; seconds the generator could not keep up: ${report.invalidSeconds}`,
  );
  return lines;
}

export const verdictLine = ({ measure, sign, limit, value, holds }: Verdict): string =>
  `${holds ? "ok  " : "FAIL"} ${measure} ${sign} ${limit}: ${value === undefined ? "unknown, nothing of the kind was measured" : String(Math.round(value * 1_000) / 1_000)}`;
