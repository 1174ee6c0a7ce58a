import type { Counts } from "../run/second.ts";
import { LATENCY_KINDS } from "../run/second.ts";
import type { LoadReport } from "./load-report.ts";

/** Which way is better: `none` where a measure says nothing of the server, or is one sample of chance. */
export type Better = "less" | "more" | "none";

/** Counts that a threshold or a comparison can name. */
const COUNTS: readonly (readonly [name: string, better: Better, of: (report: LoadReport) => number])[] = [
  ["published", "none", ({ published }) => published],
  ["acked", "more", ({ acked }) => acked],
  ["delivered", "more", ({ delivered }) => delivered],
  ["refused", "less", ({ refused }) => total(refused)],
  ["faults", "less", ({ faults }) => total(faults)],
  ["closed", "less", ({ closed }) => total(closed)],
  ["expected", "none", ({ audience }) => audience.expected],
  ["received", "more", ({ audience }) => audience.received],
  ["lost", "less", ({ audience }) => audience.lost],
  ["doubles", "less", ({ audience }) => audience.doubles],
  ["disordered", "less", ({ audience }) => audience.disordered],
  ["withheld", "less", ({ audience }) => audience.withheld],
  ["gaps", "less", ({ audience }) => audience.gaps],
  ["chainBreaks", "less", ({ audience }) => audience.chainBreaks],
  ["wrong", "less", ({ sample }) => sample.wrong],
  ["invalid", "none", ({ invalidSeconds }) => invalidSeconds],
];

const PERCENTILES = ["p50", "p95", "p99", "p999", "max"] as const;

/** What depends on the viewers' verdict, which a run that was stopped may not have. */
const OF_AUDIENCE = new Set([
  "expected",
  "received",
  "lost",
  "doubles",
  "disordered",
  "withheld",
  "gaps",
  "chainBreaks",
]);

const total = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/**
 * Every figure of a report that a threshold or a comparison can name; `p99` is short for `delivery.p99`. What was not
 * measured is absent: no latency of what did not happen, no losses where the run was stopped before they were counted.
 */
export function measuresOf(report: LoadReport): Readonly<Record<string, number>> {
  const measures: Record<string, number> = {};
  for (const kind of LATENCY_KINDS) {
    const summary = report.latencies[kind];
    if (summary.count === 0) continue;
    for (const name of PERCENTILES) {
      measures[`${kind}.${name}`] = summary[name];
      if (kind === "delivery") measures[name] = summary[name];
    }
  }
  for (const [name, , of] of COUNTS)
    if (report.audience.viewers > 0 || !OF_AUDIENCE.has(name)) measures[name] = of(report);
  return measures;
}

const BETTER = new Map(COUNTS.map(([name, better]) => [name, better]));

/** Which way a measure is better; a latency is better when it is less, but its largest value is chance. */
export const betterOf = (measure: string): Better =>
  BETTER.get(measure) ?? (measure.endsWith(".max") ? "none" : "less");

/** Is it another name of a measure? */
export const isShort = (measure: string): boolean => PERCENTILES.some((name) => name === measure);
