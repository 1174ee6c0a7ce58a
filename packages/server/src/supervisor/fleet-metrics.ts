import type { MetricFacts } from "../telemetry/facts.ts";
import type { MetricSpec } from "../telemetry/metric-table.ts";
import type { Member } from "./fleet.ts";
import type { ProcessLoad } from "./messages.ts";

/** Metrics of the supervisor itself, beside the sums of all processes. */
export const FLEET_METRICS = {
  barrage_workers: { kind: "gauge", help: "Gateway processes, by state.", labels: ["state"] },
  barrage_worker_connections: {
    kind: "gauge",
    help: "Open WebSocket connections of each gateway process.",
    labels: ["worker"],
  },
  barrage_worker_queue: {
    kind: "gauge",
    help: "Work that waits in each process, the owner included, as it reported last.",
    labels: ["worker"],
  },
  barrage_worker_cpu_share: {
    kind: "gauge",
    help: "CPU of each process, the owner included, as a share of one core.",
    labels: ["worker"],
  },
  barrage_worker_resident_memory_bytes: {
    kind: "gauge",
    help: "Resident memory of each process, the owner included.",
    labels: ["worker"],
  },
  barrage_supervisor_decisions_total: {
    kind: "counter",
    help: "Decisions about the number of workers, one a second, by what was decided and why.",
    labels: ["decision", "reason"],
  },
  barrage_supervisor_replacements_total: {
    kind: "counter",
    help: "Processes that were replaced: died, hung or restart.",
    labels: ["role", "reason"],
  },
  barrage_supervisor_silences_total: {
    kind: "counter",
    help: "Silences longer than workers.hangMs: of processes that hung, which are killed, and of such that were starved of the processor, which are left alone.",
    labels: ["role", "verdict"],
  },
  barrage_supervisor_bad_messages_total: {
    kind: "counter",
    help: "Messages of processes that could not be read.",
    labels: [],
  },
  barrage_supervisor_reloads_refused_total: {
    kind: "counter",
    help: "Restarts that were asked for and refused because of the configuration.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

type Labels = Readonly<Record<string, string>>;
type Series = readonly (readonly [Labels, number])[];

/** What the supervisor knows of its processes. */
export interface FleetFigures {
  readonly members: readonly (Member & { readonly load: ProcessLoad | undefined })[];
  readonly decisions: Iterable<{
    readonly decision: string;
    readonly reason: string;
    readonly count: number;
  }>;
  readonly replacements: Iterable<{ readonly role: string; readonly reason: string; readonly count: number }>;
  readonly silences: Iterable<{ readonly role: string; readonly verdict: string; readonly count: number }>;
  readonly badMessages: number;
  readonly reloadsRefused: number;
}

const STATES = ["starting", "serving", "draining", "killed"] as const;

export function fleetMetrics(figures: FleetFigures): readonly MetricFacts[] {
  const { members, decisions, replacements, silences, badMessages, reloadsRefused } = figures;
  const workers = members.filter(({ role }) => role === "worker");
  const ofEach = (figure: (load: ProcessLoad) => number, of = members): Series =>
    of.flatMap(({ role, id, load }) =>
      load === undefined ? [] : [[{ worker: role === "owner" ? "owner" : String(id) }, figure(load)]],
    );
  const series: Readonly<Record<keyof typeof FLEET_METRICS, Series>> = {
    barrage_workers: STATES.map((state) => [
      { state },
      workers.filter(({ life }) => life.state === state).length,
    ]),
    barrage_worker_connections: ofEach(({ connections }) => connections, workers),
    barrage_worker_queue: ofEach(({ queue }) => queue),
    barrage_worker_cpu_share: ofEach(({ cpuShare }) => cpuShare),
    barrage_worker_resident_memory_bytes: ofEach(({ residentBytes }) => residentBytes),
    barrage_supervisor_decisions_total: [...decisions].map(({ count, ...labels }) => [labels, count]),
    barrage_supervisor_replacements_total: [...replacements].map(({ count, ...labels }) => [labels, count]),
    barrage_supervisor_silences_total: [...silences].map(({ count, ...labels }) => [labels, count]),
    barrage_supervisor_bad_messages_total: [[{}, badMessages]],
    barrage_supervisor_reloads_refused_total: [[{}, reloadsRefused]],
  };
  return Object.entries<MetricSpec>(FLEET_METRICS).map(([name, { kind, help }]) => ({
    name,
    help,
    type: kind,
    aggregator: "sum",
    values: series[name as keyof typeof FLEET_METRICS].map(([labels, value]) => ({ labels, value })),
  }));
}
