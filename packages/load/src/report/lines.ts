import type { LatencySummary } from "../measure/latencies.ts";
import type { Counts } from "../run/second.ts";
import type { LoadReport } from "./load-report.ts";
import { measuresOf } from "./load-report.ts";
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
  lines.push(
    `published ${report.published}, acknowledged ${report.acked}, refused: ${countsText(report.refused)}`,
    `received ${audience.received} of ${audience.expected}; lost ${audience.lost}, withheld and told ${audience.withheld}, ` +
      `doubles ${audience.doubles}, out of order ${audience.disordered}, chain breaks ${audience.chainBreaks}, gaps ${audience.gaps}`,
    `contents: ${sample.records} records compared (share ${sample.share}), ${sample.wrong} wrong; faults: ${countsText(report.faults)}`,
    `connections closed: ${countsText(report.closed)}; seconds the generator could not keep up: ${report.invalidSeconds}`,
  );
  return lines;
}

export const verdictLine = ({ measure, sign, limit, value, holds }: Verdict): string =>
  `${holds ? "ok  " : "FAIL"} ${measure} ${sign} ${limit}: ${value === undefined ? "no such measure" : String(Math.round(value * 1_000) / 1_000)}`;

/** Two reports beside each other, with the ratio of the second to the first. */
export function compareLines(a: LoadReport, b: LoadReport): readonly string[] {
  const [first, second] = [measuresOf(a), measuresOf(b)];
  const row = (cells: readonly string[]): string =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(16) : cell.padStart(12))).join(" ");
  const figure = (value: number): string => (Number.isInteger(value) ? String(value) : ms(value));
  return [
    row(["measure", "A", "B", "B / A"]),
    ...Object.entries(first).map(([name, value]) => {
      const other = second[name] ?? 0;
      return row([
        name,
        figure(value),
        figure(other),
        value === 0 ? (other === 0 ? "=" : "-") : (other / value).toFixed(3),
      ]);
    }),
  ];
}
