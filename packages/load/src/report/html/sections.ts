import type { Counts } from "../../run/second.ts";
import { LATENCY_KINDS } from "../../run/second.ts";
import type { LoadReport } from "../load-report.ts";
import { escaped } from "./escape.ts";
import { KIND_NAMES } from "./kind-names.ts";
import type { Cell } from "./table.ts";
import { figure, table } from "./table.ts";

/** Rows of the table by second. Moved by what a browser lays out at once without a pause. */
const SECOND_ROWS_MAX = 3_600;
const GIBIBYTE = 1_073_741_824;

const section = (title: string, content: string): string => `<section><h2>${title}</h2>${content}</section>`;

/** Runs of seconds as a person says them: 3, 5-9. */
function spans(seconds: readonly number[]): string {
  const found: [from: number, to: number][] = [];
  for (const second of seconds) {
    const last = found.at(-1);
    if (last !== undefined && second === last[1] + 1) last[1] = second;
    else found.push([second, second]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(", ");
}

export function thresholds({ verdicts }: LoadReport): string {
  if (verdicts.length === 0) return "";
  const rows = verdicts.map(({ measure, sign, limit, value, holds }): Cell[] => [
    `${measure} ${sign} ${limit}`,
    value ?? "not measured",
    holds ? "holds" : "FAILS",
  ]);
  return section("Thresholds", table({ head: ["threshold", "measured", "verdict"], rows }));
}

export function latencies(report: LoadReport): string {
  const rowsOf = (summaries: LoadReport["latencies"], more: string): Cell[][] =>
    LATENCY_KINDS.filter((kind) => summaries[kind].count > 0).map((kind) => {
      const { count, mean, p50, p90, p95, p99, p999, max } = summaries[kind];
      return [`${KIND_NAMES[kind]}${more}`, count, mean, p50, p90, p95, p99, p999, max];
    });
  const rows = rowsOf(report.latencies, "");
  if (report.invalidSeconds > 0) rows.push(...rowsOf(report.latenciesWithInvalid, ", invalid seconds too"));
  const head = ["ms", "count", "mean", "p50", "p90", "p95", "p99", "p99.9", "max"];
  return section(
    "Latencies",
    `${table({ head, rows })}<p class="quiet">From the moment a send was due, whenever it left.</p>`,
  );
}

export function outcomes({ published, acked, audience, sample }: LoadReport): string {
  const rows: Cell[][] = [
    ["published", published],
    ["acknowledged", acked],
  ];
  if (audience.viewers === 0) rows.push(["received", "not known: the run was stopped before"]);
  else
    rows.push(
      ["to be received, over all viewers", audience.expected],
      ["received", audience.received],
      ["lost", audience.lost],
      ["withheld, and the viewer told", audience.withheld],
      ["doubles", audience.doubles],
      ["out of order", audience.disordered],
      ["chain breaks", audience.chainBreaks],
      ["gaps announced", audience.gaps],
    );
  rows.push(
    [`contents compared (a share of ${sample.share})`, sample.records],
    ["contents wrong", sample.wrong],
  );
  return section("What became of the danmaku", table({ head: ["", "count"], rows }));
}

export function errors({ refused, closed, faults }: LoadReport): string {
  const of = (what: string, counts: Counts): Cell[][] =>
    Object.entries(counts).map(([code, count]) => [code, what, count]);
  const rows = [
    ...of("refused publish", refused),
    ...of("connection closed", closed),
    ...of("fault of the stream", faults),
  ];
  const content = rows.length === 0 ? "<p>None.</p>" : table({ head: ["code", "what", "count"], rows });
  return section("Errors by code", content);
}

export function rooms(report: LoadReport): string {
  if (report.rooms.length === 0) return "";
  const rows = report.rooms.map(({ room, published, delivered, audience, latency }): Cell[] => [
    room === "" ? "all others" : room,
    audience?.viewers ?? "-",
    published,
    delivered,
    audience?.lost ?? "-",
    latency.count === 0 ? "-" : latency.p50,
    latency.count === 0 ? "-" : latency.p99,
  ]);
  const head = ["room", "viewers", "published", "delivered", "lost", "p50 ms", "p99 ms"];
  return section("Rooms", table({ head, rows }));
}

export function invalidSeconds({ timeline }: LoadReport): string {
  const byReason = new Map<string, number[]>();
  for (const { second, invalid } of timeline)
    for (const why of second < 0 ? [] : invalid) byReason.set(why, [...(byReason.get(why) ?? []), second]);
  if (byReason.size === 0) return "";
  const rows = [...byReason].map(([why, seconds]): Cell[] => [why, seconds.length, spans(seconds)]);
  return section(
    "Seconds that are not counted",
    `<p>The generator itself could not keep up, so their latencies say nothing of the server.</p>${table({
      head: ["why", "seconds", "which"],
      rows,
    })}`,
  );
}

export function secondBySecond({ timeline }: LoadReport): string {
  const seconds = timeline.filter(({ second }) => second >= 0);
  const step = Math.max(1, Math.ceil(seconds.length / SECOND_ROWS_MAX));
  const rows = seconds
    .filter((_, index) => index % step === 0)
    .map((each): Cell[] => [
      String(each.second),
      each.connections,
      each.published,
      each.acked,
      each.refused,
      each.delivered,
      each.p50,
      each.p95,
      each.p99,
      each.max,
      each.invalid.join(", "),
    ]);
  const head = [
    "second",
    "connections",
    "published",
    "acked",
    "refused",
    "delivered",
    "p50",
    "p95",
    "p99",
    "max",
    "invalid",
  ];
  const title = `Second by second${step === 1 ? "" : ` (one of ${step})`}`;
  return `<details><summary>${title}</summary>${table({ head, rows })}</details>`;
}

export function configuration(report: LoadReport): string {
  const { plan, machine, workers, lostWorkers, clocks, serverSource } = report;
  const { node, platform, cpus, cpuModel, memoryBytes } = machine;
  const rows: Cell[][] = [
    ["generator", `${workers} worker${workers === 1 ? "" : "s"}, Node ${node}, ${platform}`],
    ["machine", `${cpus} x ${cpuModel}, ${figure(memoryBytes / GIBIBYTE)} GiB`],
    ["seed", String(plan.seed)],
    ["server's own figures", serverSource],
  ];
  for (const { worker, code, message, lastSecond } of lostWorkers)
    rows.push([`worker ${worker}`, `lost after second ${lastSecond}: ${code}: ${message}`]);
  for (const { worker, errorMs, driftMs } of clocks)
    rows.push([
      `clock of worker ${worker}`,
      `within ${figure(errorMs)} ms, drifted by ${figure(driftMs)} ms`,
    ]);
  return section(
    "Configuration",
    `${table({ head: ["", ""], rows })}<details open><summary>The exact plan</summary><pre tabindex="0">${escaped(
      JSON.stringify(plan, undefined, 2),
    )}</pre></details>`,
  );
}
