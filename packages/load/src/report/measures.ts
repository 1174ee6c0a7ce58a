import type { Counts } from "../run/second.ts";
import { LATENCY_KINDS } from "../run/second.ts";
import type { LoadReport } from "./load-report.ts";
import type { RoomReport } from "./room-sums.ts";

/** Which way is better: `none` where a measure says nothing of the server, or is one sample of chance. */
export type Better = "less" | "more" | "none";

type Figure = (report: LoadReport) => number | undefined;

/** What the viewers got; undefined where nobody was to get anything, or the run was stopped before that was known. */
const got =
  (of: (audience: LoadReport["audience"]) => number): Figure =>
  ({ audience }) =>
    audience.viewers > 0 && audience.expected > 0 ? of(audience) : undefined;

/** The largest of what some things say; undefined where none says it. */
function most<T>(all: readonly T[], of: (each: T) => number | undefined): number | undefined {
  const values = all.flatMap((each) => of(each) ?? []);
  return values.length === 0 ? undefined : values.reduce((a, b) => Math.max(a, b));
}

/** Of the room where it is worst. */
const worstRoom =
  (of: (latency: RoomReport["latency"]) => number): Figure =>
  ({ rooms }) =>
    most(rooms, ({ latency }) => (latency.count > 0 ? of(latency) : undefined));

const MEBIBYTE = 1_048_576;

/** Figures that a threshold or a comparison can name; undefined where a run has none. */
const COUNTS: readonly (readonly [name: string, better: Better, of: Figure])[] = [
  ["published", "none", ({ published }) => published],
  ["acked", "more", ({ acked }) => acked],
  ["delivered", "more", ({ delivered }) => delivered],
  ["refused", "less", ({ refused }) => total(refused)],
  // Percent of what was published.
  [
    "errors",
    "less",
    ({ refused, published }) => (published > 0 ? (total(refused) / published) * 100 : undefined),
  ],
  ["faults", "less", ({ faults }) => total(faults)],
  ["closed", "less", ({ closed }) => total(closed)],
  ["expected", "none", got((audience) => audience.expected)],
  ["received", "more", got((audience) => audience.received)],
  ["lost", "less", got((audience) => audience.lost)],
  ["doubles", "less", got((audience) => audience.doubles)],
  ["disordered", "less", got((audience) => audience.disordered)],
  ["withheld", "less", got((audience) => audience.withheld)],
  ["gaps", "less", got((audience) => audience.gaps)],
  ["chainBreaks", "less", got((audience) => audience.chainBreaks)],
  ["wrong", "less", ({ sample }) => sample.wrong],
  ["invalid", "none", ({ invalidSeconds }) => invalidSeconds],
  ["room.p50", "less", worstRoom(({ p50 }) => p50)],
  ["room.p95", "less", worstRoom(({ p95 }) => p95)],
  ["room.p99", "less", worstRoom(({ p99 }) => p99)],
  // Shares of a core, MiB and ms: the highest of all seconds.
  ["server.cpu", "less", ({ server }) => most(server, ({ cpu }) => cpu)],
  [
    "server.memory",
    "less",
    ({ server }) => most(server, ({ residentBytes: bytes }) => bytes && bytes / MEBIBYTE),
  ],
  ["server.loopDelay", "less", ({ server }) => most(server, ({ loopDelayP99Ms }) => loopDelayP99Ms)],
];

const PERCENTILES = ["p50", "p95", "p99", "p999", "max"] as const;

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
  for (const [name, , of] of COUNTS) {
    const value = of(report);
    if (value !== undefined) measures[name] = value;
  }
  return measures;
}

/** Every name that `measuresOf` may give. */
export const MEASURES: readonly string[] = [
  ...PERCENTILES,
  ...LATENCY_KINDS.flatMap((kind) => PERCENTILES.map((name) => `${kind}.${name}`)),
  ...COUNTS.map(([name]) => name),
];

const BETTER = new Map(COUNTS.map(([name, better]) => [name, better]));

/** Which way a measure is better; a latency is better when it is less, but its largest value is chance. */
export const betterOf = (measure: string): Better =>
  BETTER.get(measure) ?? (measure.endsWith(".max") ? "none" : "less");

/** Is it a time in ms? */
export const isTime = (measure: string): boolean =>
  /^(room|server\.loopDelay)/.test(measure) || LATENCY_KINDS.some((kind) => measure.startsWith(`${kind}.`));

/** Is it another name of a measure? */
export const isShort = (measure: string): boolean => PERCENTILES.some((name) => name === measure);
