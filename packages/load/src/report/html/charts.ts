import { LATENCY_KINDS } from "../../run/second.ts";
import { CountSum } from "../count-sum.ts";
import type { LoadReport } from "../load-report.ts";
import type { ServerSecond } from "../server-second.ts";
import type { TimelineSecond } from "../timeline.ts";
import { KIND_NAMES } from "./kind-names.ts";
import type { ChartData, ChartSeries, ChartSpec } from "./chart-spec.ts";

const MEBIBYTE = 1_048_576;
/** Colours of the page's style. */
const COLORS = 6;
/** Codes with a line of their own; the others share one. */
const CODES_MAX = 5;

/** What a line shows of a second; undefined where the second does not say it. */
type Figure<T> = readonly [name: string, color: number, of: (second: T) => number | undefined];

function overTime<T extends { readonly second: number }>(
  title: string,
  unit: string,
  seconds: readonly T[],
  figures: readonly Figure<T>[],
): readonly ChartSpec[] {
  const series = figures
    .map(([name, color, of]) => ({ name, color, values: seconds.map((second) => of(second) ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null));
  if (series.length === 0) return [];
  return [{ title, kind: "seconds", unit, xs: seconds.map(({ second }) => second), series }];
}

/** Lines with x values of their own, on the x values of all. */
function joined(
  lines: readonly {
    readonly name: string;
    readonly color: number;
    readonly isHidden?: boolean;
    readonly points: ReadonlyMap<number, number>;
  }[],
): Pick<ChartSpec, "xs" | "series"> {
  const xs = [...new Set(lines.flatMap(({ points }) => [...points.keys()]))].toSorted((a, b) => a - b);
  const series = lines.map(({ name, color, isHidden = false, points }): ChartSeries => {
    return { name, color, isHidden, values: xs.map((x) => points.get(x) ?? null) };
  });
  return { xs, series };
}

function distributions({ curves, latencies }: LoadReport): readonly ChartSpec[] {
  const kinds = LATENCY_KINDS.filter((kind) => latencies[kind].count > 0);
  if (kinds.length === 0) return [];
  const linesOf = (pointOf: (percent: number, ms: number, count: number) => [x: number, y: number]) =>
    kinds.map((kind, index) => ({
      name: KIND_NAMES[kind],
      color: (index % COLORS) + 1,
      // Of the room's coming together, not of its talk: there for who asks.
      isHidden: kind === "connect" || kind === "login",
      points: new Map(
        (curves[kind] ?? []).map(([percent, ms]) => pointOf(percent, ms, latencies[kind].count)),
      ),
    }));
  return [
    {
      title: "Percentiles",
      kind: "percentile",
      unit: "ms",
      // The largest of n values stands where one of n is left.
      ...joined(
        linesOf((percent, ms, count) => [percent === 100 ? Math.max(1, count) : 100 / (100 - percent), ms]),
      ),
    },
    {
      title: "Cumulative distribution",
      kind: "latency",
      unit: "%",
      ...joined(linesOf((percent, ms) => [ms, percent])),
    },
  ];
}

function errorChart(seconds: readonly TimelineSecond[]): readonly ChartSpec[] {
  const sum = new CountSum();
  for (const { errors } of seconds) sum.add(errors);
  const codes = Object.entries(sum.counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([code]) => code);
  const own = codes.slice(0, CODES_MAX);
  const others = codes.slice(CODES_MAX);
  const countOf = ({ errors }: TimelineSecond, code: string): number =>
    Object.hasOwn(errors, code) ? (errors[code] ?? 0) : 0;
  const figures = own.map((code, index): Figure<TimelineSecond> => {
    return [code, index + 1, (second) => countOf(second, code)];
  });
  if (others.length > 0)
    figures.push([
      `${others.length} others`,
      COLORS,
      (second) => others.reduce((count, code) => count + countOf(second, code), 0),
    ]);
  return overTime("Errors per second, by code", "", seconds, figures);
}

const inMebibytes = (bytes: number | undefined): number | undefined =>
  bytes === undefined ? undefined : bytes / MEBIBYTE;
const inPercent = (share: number | undefined): number | undefined =>
  share === undefined ? undefined : share * 100;

function serverCharts(server: readonly ServerSecond[]): readonly ChartSpec[] {
  return [
    ...overTime("Server: CPU", "% of a core", server, [["CPU", 3, ({ cpu }) => inPercent(cpu)]]),
    ...overTime("Server: memory", "MiB", server, [
      ["resident", 1, ({ residentBytes }) => inMebibytes(residentBytes)],
      ["heap in use", 2, ({ heapUsedBytes }) => inMebibytes(heapUsedBytes)],
    ]),
    ...overTime("Server: event-loop delay", "ms", server, [
      ["p99", 4, ({ loopDelayP99Ms }) => loopDelayP99Ms],
    ]),
  ];
}

/** Second by second as the generator and the server counted them; a second of the server may have no partner. */
function connections(
  seconds: readonly TimelineSecond[],
  server: readonly ServerSecond[],
): readonly ChartSpec[] {
  const own = new Map(seconds.map((each) => [each.second, each.connections]));
  const theirs = new Map(
    server.flatMap((each) =>
      each.connections === undefined ? [] : [[each.second, each.connections] as const],
    ),
  );
  const lines = [{ name: "of the generator", color: 1, points: own }];
  if (theirs.size > 0) lines.push({ name: "by the server's count", color: 3, points: theirs });
  return own.size === 0 ? [] : [{ title: "Connections", kind: "seconds", unit: "", ...joined(lines) }];
}

/** The seconds of the run; not those after it, in which nothing came any more: they would end every line at 0. */
function secondsOf({ timeline }: LoadReport): readonly TimelineSecond[] {
  const isBusy = ({ published, acked, delivered, errors }: TimelineSecond): boolean =>
    published + acked + delivered > 0 || Object.keys(errors).length > 0;
  const last = timeline.findLast(isBusy)?.second ?? -1;
  return timeline.filter(({ second }) => second >= 0 && second <= last);
}

/** All charts of a report; what was not measured has none. */
export function chartData(report: LoadReport): ChartData {
  const seconds = secondsOf(report);
  const server = report.server.filter(({ second }) => second >= 0);
  const invalid = seconds.filter((each) => each.invalid.length > 0);
  return {
    invalid: invalid.map((each) => [each.second, each.invalid.join(", ")] as const),
    charts: [
      ...overTime("Send to receive, by second", "ms", seconds, [
        ["p50", 1, ({ p50, delivered }) => (delivered > 0 ? p50 : undefined)],
        ["p95", 2, ({ p95, delivered }) => (delivered > 0 ? p95 : undefined)],
        ["p99", 3, ({ p99, delivered }) => (delivered > 0 ? p99 : undefined)],
      ]),
      ...distributions(report),
      ...overTime("Sends per second", "", seconds, [
        ["published", 1, ({ published }) => published],
        ["acknowledged", 2, ({ acked }) => acked],
        ["refused", 5, ({ refused }) => refused],
      ]),
      ...overTime("Deliveries per second", "", seconds, [["delivered", 1, ({ delivered }) => delivered]]),
      ...connections(seconds, server),
      ...errorChart(seconds),
      ...serverCharts(server),
      ...overTime("Generator: CPU", "% of a core", seconds, [
        ["CPU", 3, ({ effort }) => inPercent(effort.cpu)],
      ]),
      ...overTime("Generator: how late it was", "ms", seconds, [
        ["event-loop delay p99", 4, ({ effort }) => effort.loopDelayP99Ms],
        ["longest send lag", 3, ({ effort }) => effort.sendLagMaxMs],
      ]),
    ],
  };
}
