import type { CapacityLimits } from "./dimensions.ts";
import { lineThrough } from "./bootstrap.ts";
import type { Step } from "./step.ts";

/** What the server runs with now, where it matters here. */
export interface CurrentSettings {
  /** Smallest window; a server that adapts its windows lengthens them from there. */
  readonly flushMinMs: number;
  readonly outboundHighBytes: number;
  /** Of all connections together. */
  readonly outboundProcessBytes: number;
}

/** A queue, what it must hold, and how that was found. */
export interface QueueAdvice {
  readonly queue: string;
  /** Records per second that go into it. */
  readonly rate: number;
  readonly p99Ms: number;
  readonly capacity: number;
}

/** Settings of the server by their names in its configuration: `engine.flush.minMs`. */
export type RecommendedSettings = Readonly<Record<string, number>>;

export interface Recommendation {
  readonly queues: readonly QueueAdvice[];
  readonly flushWindowMs: number;
  readonly windowCause: string;
  readonly workers: number;
  readonly settings: RecommendedSettings;
}

/** Places a queue needs so that what arrives during the slowest of a hundred waits fits, times a safety. */
export const queueCapacity = (rate: number, p99Ms: number, safety: number): number =>
  Math.max(1, Math.ceil((rate * p99Ms * safety) / 1_000));

/** Largest record as JSON: 100 characters of three bytes, and about as much around them. */
const RECORD_BYTES = 512;
/** The low mark under the high one, and the limit above it: as the server's defaults stand to each other. */
const MARKS = 4;
/** The bounds that the design sets for the window. */
const [WINDOW_MIN_MS, WINDOW_MAX_MS] = [10, 250];
const WINDOW_STEP_MS = 5;
/** Share of the held load that the server lets in: the rest is for what was not measured. */
const ADMITTED_SHARE = 0.8;
/** Share of the CPU limit that writing batches may take: what is left free by letting less in. */
const FAN_OUT_SHARE = 1 - ADMITTED_SHARE;

export interface RecommendInput {
  readonly held: Step;
  readonly steps: readonly Step[];
  readonly grow: "rate" | "viewers";
  readonly limits: CapacityLimits;
  readonly safety: number;
  readonly cores: number;
  readonly current: CurrentSettings;
  /** Cores in use without load; undefined where the server's CPU was not measured. */
  readonly idleCpu: number | undefined;
}

export function recommend(input: RecommendInput): Recommendation {
  const { held, safety, cores, current, grow } = input;
  const queues: readonly QueueAdvice[] = [
    {
      queue: "danmaku that wait for their commit (whole server)",
      rate: held.rate,
      p99Ms: held.ack.p99,
      capacity: queueCapacity(held.rate, held.ack.p99, safety),
    },
    {
      queue: "records that wait for a viewer's socket (each connection)",
      rate: held.rate,
      p99Ms: held.delivery.p99,
      capacity: queueCapacity(held.rate, held.delivery.p99, safety),
    },
  ];
  const { windowMs, cause } = flushWindow(input);
  const perSecond = Math.max(1, Math.floor(held.rate * ADMITTED_SHARE));
  return {
    queues,
    flushWindowMs: windowMs,
    windowCause: cause,
    workers: workersFor(cores),
    settings: {
      "engine.flush.minMs": windowMs,
      ...outboundSettings(queues[1]?.capacity ?? 1, current),
      ...(grow === "rate"
        ? { "engine.limits.room.perSecond": perSecond, "engine.limits.room.burst": perSecond * 2 }
        : {}),
    },
  };
}

/** Not below what there is: that is for networks slower than the one measured over. */
function outboundSettings(records: number, current: CurrentSettings): RecommendedSettings {
  const { outboundHighBytes, outboundProcessBytes } = current;
  const wanted = Math.max(outboundHighBytes, records * RECORD_BYTES);
  const highBytes = Math.min(wanted, Math.floor(outboundProcessBytes / MARKS ** 2));
  return {
    "engine.outbound.highBytes": highBytes,
    "engine.outbound.lowBytes": Math.floor(highBytes / MARKS),
    "engine.outbound.limitBytes": highBytes * MARKS,
  };
}

/** One process a core; from two cores on, one core is left to the log's disk work and the kernel's network. */
export const workersFor = (cores: number): number => Math.max(1, cores - 1);

/**
 * The smallest window whose writes take at most a fifth of the CPU limit. Writes of a busy room are one for each
 * viewer and window, whatever the rate: what they cost is what the CPU's line has left at rate 0, above idling.
 */
function flushWindow(input: RecommendInput): { readonly windowMs: number; readonly cause: string } {
  const { steps, grow, limits, current, idleCpu, held } = input;
  const keep = (cause: string) => ({ windowMs: current.flushMinMs, cause: `as it is: ${cause}` });
  const pairs = steps.flatMap(({ verdict, load, rate, server: { cpu, flushWindowMs } }) =>
    // Below one danmaku a window there is a write for each danmaku; a longer window has fewer writes.
    cpu === undefined ||
    verdict !== "under" ||
    rate * current.flushMinMs < 1_000 ||
    (flushWindowMs ?? 0) > current.flushMinMs
      ? []
      : [[load, cpu] as const],
  );
  if (held.rate * current.flushMinMs < 1_000) return keep("danmaku come further apart than a window");
  if (idleCpu === undefined || pairs.length < 3) return keep("its cost was not measured");
  const line = lineThrough(pairs);
  if (line === undefined) return keep("its cost was not measured");
  const fanOut = Math.max(0, grow === "rate" ? line.intercept - idleCpu : line.slope * held.load);
  const exact = (current.flushMinMs * fanOut) / (limits.cpu * FAN_OUT_SHARE);
  const rounded = Math.ceil(exact / WINDOW_STEP_MS) * WINDOW_STEP_MS;
  const windowMs = Math.min(WINDOW_MAX_MS, Math.max(WINDOW_MIN_MS, rounded));
  return {
    windowMs,
    cause: `at ${current.flushMinMs} ms writing to ${held.viewers} viewers took ${(fanOut * 100).toFixed(1)} % of a core; up to ${(limits.cpu * FAN_OUT_SHARE * 100).toFixed(0)} % may`,
  };
}
