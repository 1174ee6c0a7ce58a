import { loadError } from "../errors.ts";
import type { LatencySummary } from "../measure/latencies.ts";
import type { AudienceVerdict, GroupVerdict } from "../run/audience-verdict.ts";
import type { LostWorker, WorkerClock } from "../run/crew.ts";
import type { LoadPlan } from "../run/plan.ts";
import type { Counts, LatencyKind } from "../run/second.ts";
import type { Stopped } from "../run/stop-condition.ts";
import { LATENCY_KINDS } from "../run/second.ts";
import { thisMachine } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { curveOf } from "./curve.ts";
import type { Curve } from "./curve.ts";
import { problemOf } from "./schema/check.ts";
import { REPORT_FORMAT, REPORT_SCHEMA, REPORT_VERSION } from "./schema/report-schema.ts";
import type { RoomReport } from "./room-sums.ts";
import type { ServerSecond } from "./server-second.ts";
import { measuresOf } from "./measures.ts";
import { judge } from "./thresholds.ts";
import type { Threshold, Verdict } from "./thresholds.ts";
import type { LatencySet, Timeline, TimelineSecond } from "./timeline.ts";
import { parseVersioned } from "./versioned.ts";

/** All that a run found out, with what it was. Latencies in ms. */
export interface LoadReport {
  readonly format: typeof REPORT_FORMAT;
  readonly version: typeof REPORT_VERSION;
  readonly plan: LoadPlan;
  readonly workers: number;
  /** Workers that went before the end: what their viewers got is not known, and the run is not complete. */
  readonly lostWorkers: readonly LostWorker[];
  /** How well each worker knew the time: a latency between two of them is off by at most the sum of their errors. */
  readonly clocks: readonly WorkerClock[];
  /** Where the generator ran. */
  readonly machine: Machine;
  /** ISO 8601, of the first send. */
  readonly startedAt: string;
  /** False when the run was stopped before its end. */
  readonly isComplete: boolean;
  readonly published: number;
  readonly acked: number;
  readonly delivered: number;
  readonly refused: Counts;
  readonly closed: Counts;
  readonly faults: Counts;
  /** What the viewers got; of no viewers when the run was stopped before that was known. */
  readonly audience: GroupVerdict;
  /** The rooms with the most viewers first. */
  readonly rooms: readonly RoomReport[];
  /** Of the seconds in which the generator kept up. */
  readonly latencies: Readonly<Record<LatencyKind, LatencySummary>>;
  /** Every kind, of all seconds: what a storm did shows here though it kept the generator busy too. */
  readonly latenciesWithInvalid: Readonly<Record<LatencyKind, LatencySummary>>;
  /** Distributions of the same seconds as `latencies`; of every kind that occurred. */
  readonly curves: Readonly<Partial<Record<LatencyKind, Curve>>>;
  /** Contents compared: the share asked for, records, and how many were wrong. */
  readonly sample: { readonly share: number; readonly records: number; readonly wrong: number };
  /** Seconds of the sends in which the generator could not keep up. */
  readonly invalidSeconds: number;
  readonly timeline: readonly TimelineSecond[];
  /** By the server's own metrics, second by second; empty where none were read. */
  readonly server: readonly ServerSecond[];
  /** Where these figures came from, or why there are none; for people. */
  readonly serverSource: string;
  /** What ended the run before its time, where one of the plan's conditions did. */
  readonly stopped?: Stopped;
  /** What the run was judged by, and how. */
  readonly verdicts: readonly Verdict[];
}

const summariesOf = (all: LatencySet): Readonly<Record<LatencyKind, LatencySummary>> =>
  Object.fromEntries(LATENCY_KINDS.map((kind) => [kind, all[kind].summary])) as Record<
    LatencyKind,
    LatencySummary
  >;

export function reportOf(
  timeline: Timeline,
  run: Pick<LoadReport, "plan" | "workers" | "startedAt" | "isComplete"> & {
    readonly audience: AudienceVerdict;
    readonly server?: readonly ServerSecond[];
    readonly serverSource?: string;
    readonly stopped?: Stopped;
    readonly lostWorkers?: readonly LostWorker[];
    readonly clocks?: readonly WorkerClock[];
  },
): LoadReport {
  const seconds = timeline.end();
  const { audience, ...known } = run;
  const { plan } = run;
  const { rooms: _, ...everybody } = audience;
  return {
    format: REPORT_FORMAT,
    version: REPORT_VERSION,
    machine: thisMachine(),
    server: [],
    serverSource: "none",
    lostWorkers: [],
    clocks: [],
    verdicts: [],
    ...known,
    audience: everybody,
    rooms: timeline.rooms.report(audience),
    published: timeline.published,
    acked: timeline.acked,
    delivered: timeline.delivered,
    refused: timeline.refused,
    closed: timeline.closed,
    faults: timeline.faults,
    latencies: summariesOf(timeline.valid),
    latenciesWithInvalid: summariesOf(timeline.all),
    curves: Object.fromEntries(
      LATENCY_KINDS.map((kind) => [kind, curveOf(timeline.valid[kind])] as const).filter(
        ([, curve]) => curve.length > 0,
      ),
    ),
    sample: { share: plan.sampleShare, records: timeline.sampled, wrong: timeline.wrong },
    invalidSeconds: seconds.filter(({ second, invalid }) => second >= 0 && invalid.length > 0).length,
    timeline: seconds,
  };
}

/** The report with what these thresholds say of it. */
export const judged = (report: LoadReport, thresholds: readonly Threshold[]): LoadReport => ({
  ...report,
  verdicts: judge(thresholds, measuresOf(report)),
});

/** Reads a report's JSON. Errors: LOAD_BAD_REPORT. */
export function parseReport(text: string, file: string): LoadReport {
  const value = parseVersioned(text, file, { format: REPORT_FORMAT, version: REPORT_VERSION });
  const problem = problemOf(REPORT_SCHEMA, value, "report");
  if (problem !== undefined) throw loadError("LOAD_BAD_REPORT", { file, what: problem });
  return value as LoadReport;
}
