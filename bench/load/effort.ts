import { reasonsAgainst } from "@barrage/load";
import type { Effort as OwnEffort, LoadReport } from "@barrage/load";
import { busySeconds } from "./process-stat.ts";
import type { ProcessFigures } from "./process-stat.ts";
import type { BenchServer } from "./server-process.ts";

/** What a measurement cost: a generator near one whole core measures itself. CPU in cores. */
export interface Effort {
  readonly generatorCpu: number;
  /** Delay of the generator's event loop beyond its 1 ms timer, of its worst second, ms. */
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  readonly serverCpu: number;
  readonly serverCpuSeconds: number;
  readonly serverPeakMb: number;
  /** What every other process of the machine took: a run on a busy machine measures the others. */
  readonly othersCpu: number;
}

interface Moment {
  readonly at: number;
  readonly busy: number;
  readonly server: ProcessFigures;
}

/** The server's and the machine's figures of one stretch of time. */
export interface Stretch {
  readonly seconds: number;
  readonly busySeconds: number;
  readonly before: ProcessFigures;
  readonly after: ProcessFigures;
}

/** Takes the figures at the start; the function it returns takes them at the end. */
export function meterServer(server: BenchServer): () => Stretch {
  const moment = (): Moment => ({ at: performance.now(), busy: busySeconds(), server: server.figures() });
  const first = moment();
  return () => {
    const last = moment();
    return {
      seconds: (last.at - first.at) / 1_000,
      busySeconds: last.busy - first.busy,
      before: first.server,
      after: last.server,
    };
  };
}

/** The generator's own figures, of a report's seconds as one. */
export function ownEffort({ timeline }: LoadReport): OwnEffort {
  const efforts = timeline.filter(({ second }) => second >= 0).map(({ effort }) => effort);
  const most = (of: (effort: OwnEffort) => number): number => Math.max(0, ...efforts.map(of));
  return {
    cpu: efforts.reduce((sum, { cpu }) => sum + cpu, 0) / Math.max(1, efforts.length),
    loopDelayP99Ms: most(({ loopDelayP99Ms }) => loopDelayP99Ms),
    loopDelayMaxMs: most(({ loopDelayMaxMs }) => loopDelayMaxMs),
    sendLagMaxMs: most(({ sendLagMaxMs }) => sendLagMaxMs),
  };
}

export function effortOf(own: OwnEffort, { seconds, busySeconds: busy, before, after }: Stretch): Effort {
  const serverCpuSeconds = after.cpuSeconds - before.cpuSeconds;
  const serverCpu = serverCpuSeconds / seconds;
  return {
    generatorCpu: own.cpu,
    loopDelayP99Ms: own.loopDelayP99Ms,
    loopDelayMaxMs: own.loopDelayMaxMs,
    serverCpu,
    serverCpuSeconds,
    serverPeakMb: after.peakBytes / 2 ** 20,
    othersCpu: Math.max(0, busy / seconds - own.cpu - serverCpu),
  };
}

/** Share of seconds that may be left out because the generator could not keep up; a run with more is no result. */
const INVALID_SHARE_MAX = 0.1;

/** Why a run is no measure of the server; undefined when it is one. */
export function reasonForNoResult({ timeline, invalidSeconds }: LoadReport): string | undefined {
  const sending = timeline.filter(({ second }) => second >= 0);
  if (invalidSeconds <= sending.length * INVALID_SHARE_MAX) return undefined;
  const why = new Set(sending.flatMap(({ effort }) => reasonsAgainst(effort)));
  return `the generator did not keep up in ${invalidSeconds} of ${sending.length} s (${[...why].join(", ")})`;
}

/** Part of a batching window by which a send may be late: it goes with the next batch at the latest. */
const LATE_OF_WINDOW = 0.5;

/**
 * As above, for a bar on latencies that count every second: an event loop that is late makes what it measures longer,
 * never shorter, so a run within the bar with those seconds counted in is one. The same holds of late sends, which are
 * measured from when they were due; but they come in heaps, so they may be late by half a batching window at most. A
 * whole core is no result.
 */
export function reasonForNoBound({ timeline }: LoadReport, windowMs = 0): string | undefined {
  const sending = timeline.filter(({ second }) => second >= 0);
  const reasons = sending.map(({ effort }) =>
    reasonsAgainst(effort).filter(
      (reason) =>
        reason !== "event loop" && (reason !== "send lag" || effort.sendLagMaxMs > windowMs * LATE_OF_WINDOW),
    ),
  );
  const invalid = reasons.filter(({ length }) => length > 0).length;
  if (invalid <= sending.length * INVALID_SHARE_MAX) return undefined;
  const why = [...new Set(reasons.flat())].join(", ");
  return `the generator did not keep up in ${invalid} of ${sending.length} s (${why})`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

export const effortLine = (effort: Effort): string =>
  `generator: ${percent(effort.generatorCpu)} of a core, event-loop delay p99 ${effort.loopDelayP99Ms.toFixed(1)} ms in its worst second, ` +
  `max ${effort.loopDelayMaxMs.toFixed(1)} ms; server: ${percent(effort.serverCpu)} of a core, ` +
  `peak ${Math.round(effort.serverPeakMb)} MB; all other processes: ${percent(effort.othersCpu)} of a core`;
