import type { StepMeasure } from "./step.ts";
import type { StepVerdict } from "./stepping.ts";

/** What a server may be asked to stay under. Units: ms; cpu in cores; shares from 0 to 1. */
export interface CapacityLimits {
  readonly p99Ms: number;
  readonly cpu: number;
  readonly loopDelayMs: number;
  readonly errorShare: number;
  /** What may be without answer or delivery at a step's end. */
  readonly leftOverShare: number;
}

export type DimensionName =
  | "errors"
  | "server CPU"
  | "event-loop delay"
  | "lost"
  | "undelivered"
  | "ack p99"
  | "delivery p99"
  | "unanswered";

export type Unit = "share" | "cores" | "ms" | "records";

export interface Dimension {
  readonly name: DimensionName;
  readonly unit: Unit;
  /** undefined where nobody could read it: then it is not judged. */
  value(step: StepMeasure): number | undefined;
  limit(limits: CapacityLimits): number;
  /** Why it may have been crossed, from what else was measured. */
  cause(step: StepMeasure, limits: CapacityLimits): string;
}

/** From this share of its limit on, a busy processor explains waiting. */
const NEARLY_FULL = 0.8;

/** Share of a machine's cores from which on everybody on it waits for everybody. */
const MACHINE_FULL = 0.9;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function busiest(errors: StepMeasure["errors"]): string {
  const [code = "none"] = Object.entries(errors).toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return code;
}

/** A machine on which all programs together leave nothing; undefined where they do. */
function crowdOn({ server: { machine, cpu = 0 } }: StepMeasure): string | undefined {
  if (machine === undefined || machine.busy < machine.cores * MACHINE_FULL) return undefined;
  return `the machine's processors: ${machine.busy.toFixed(1)} of ${machine.cores} cores are busy, the server's process has ${cpu.toFixed(1)} of them`;
}

function waitingCause(step: StepMeasure, limits: CapacityLimits): string {
  const { cpu, loopDelayP99Ms, logQueue } = step.server;
  const crowd = crowdOn(step);
  if (cpu === undefined)
    return "unknown: the server's CPU was not measured (give --server-pid or a readable /metrics)";
  if (cpu >= limits.cpu * NEARLY_FULL) return `waiting for a processor that is ${percent(cpu)} busy`;
  if (crowd !== undefined) return `waiting for ${crowd}`;
  if ((loopDelayP99Ms ?? 0) >= limits.loopDelayMs * NEARLY_FULL)
    return "waiting for an event loop that something holds";
  if ((logQueue ?? 0) > step.rate * (limits.p99Ms / 1_000) * NEARLY_FULL)
    return `waiting for the disk: ${logQueue} appends in line for their commit`;
  return "waiting outside of the server's process: the disk, the network, or a machine shared with others";
}

function loopCause(step: StepMeasure, limits: CapacityLimits): string {
  const { cpu = 0 } = step.server;
  const crowd = crowdOn(step);
  if (cpu >= limits.cpu * NEARLY_FULL) return `turns wait for a processor that is ${percent(cpu)} busy`;
  if (crowd !== undefined) return `turns wait for ${crowd}`;
  return "something holds the event loop: long synchronous work, or garbage collection";
}

/** Refusals that the server's configuration asks for. */
const BY_CONFIGURATION: Readonly<Record<string, string>> = {
  BARRAGE_RATE_LIMITED: "the server's own rate limits (engine.limits), not its strength",
  HTTP_429: "the server's own rate limits, not its strength",
  GENERATOR_FULL: "answers came so late that no more could be asked",
  CONNECTION_LOST: "the server broke connections",
};

/** Refused by configuration: everything else that was measured then is no limit of the server's strength. */
export const isByConfiguration = ({ errors, errorShare }: StepMeasure, limits: CapacityLimits): boolean =>
  errorShare > limits.errorShare && ["BARRAGE_RATE_LIMITED", "HTTP_429"].includes(busiest(errors));

/** Is it the process that is at its end: its processor, or its event loop? Then another process has as much again. */
export const isProcessFull = (step: StepMeasure, limits: CapacityLimits): boolean => {
  const { cpu = 0, loopDelayP99Ms = 0 } = step.server;
  if (cpu >= limits.cpu * NEARLY_FULL) return true;
  return loopDelayP99Ms > limits.loopDelayMs && crowdOn(step) === undefined;
};

/** Every dimension; where several are crossed at once, the first of them that explains the others is named. */
export const DIMENSIONS: readonly Dimension[] = [
  {
    name: "server CPU",
    unit: "cores",
    value: ({ server }) => server.cpu,
    limit: ({ cpu }) => cpu,
    cause: () => "the server's process has no processor time left",
  },
  {
    name: "event-loop delay",
    unit: "ms",
    value: ({ server }) => server.loopDelayP99Ms,
    limit: ({ loopDelayMs }) => loopDelayMs,
    cause: loopCause,
  },
  {
    name: "errors",
    unit: "share",
    value: ({ errorShare }) => errorShare,
    limit: ({ errorShare }) => errorShare,
    cause: ({ errors }) => `${BY_CONFIGURATION[busiest(errors)] ?? "the server refuses"}: ${busiest(errors)}`,
  },
  {
    name: "lost",
    unit: "records",
    value: ({ lost }) => lost,
    limit: () => 0,
    cause: () => "acknowledged danmaku did not reach every viewer, and nobody was told: a fault",
  },
  {
    name: "undelivered",
    unit: "share",
    value: ({ acked, delivered, viewers }) =>
      acked > 0 ? Math.max(0, 1 - delivered / (acked * viewers)) : undefined,
    limit: ({ leftOverShare }) => leftOverShare,
    cause: (step, limits) =>
      `viewers get less than was acknowledged (withheld, or ${waitingCause(step, limits)})`,
  },
  {
    name: "ack p99",
    unit: "ms",
    value: ({ ack }) => (ack.count > 0 ? ack.p99 : undefined),
    limit: ({ p99Ms }) => p99Ms,
    cause: waitingCause,
  },
  {
    name: "delivery p99",
    unit: "ms",
    value: ({ delivery }) => (delivery.count > 0 ? delivery.p99 : undefined),
    limit: ({ p99Ms }) => p99Ms,
    cause: waitingCause,
  },
  {
    name: "unanswered",
    unit: "share",
    value: ({ sent, acked, errorShare }) =>
      sent > 0 ? Math.max(0, 1 - acked / sent - errorShare) : undefined,
    limit: ({ leftOverShare }) => leftOverShare,
    cause: waitingCause,
  },
];

/** Dimensions whose limit a step crossed. */
export const crossedBy = (step: StepMeasure, limits: CapacityLimits): readonly Dimension[] =>
  DIMENSIONS.filter((dimension) => {
    const value = dimension.value(step);
    return value !== undefined && value > dimension.limit(limits);
  });

/** Share of a step's seconds, above which the generator's weakness leaves nothing to say of the server. */
const INVALID_SHARE_MAX = 0.5;

/** The generator is asked first: while it cannot keep up, nothing is the server's fault. */
export function verdictOf(step: StepMeasure, limits: CapacityLimits): StepVerdict {
  if (step.seconds === 0 || step.invalidSeconds / step.seconds > INVALID_SHARE_MAX) return "generator";
  return crossedBy(step, limits).length > 0 ? "over" : "under";
}
