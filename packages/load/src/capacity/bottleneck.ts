import { CPU_LIMIT, LOOP_DELAY_P99_LIMIT_MS, SEND_LAG_LIMIT_MS } from "../run/self-watch.ts";
import { crossedBy, DIMENSIONS, isByConfiguration, isProcessFull } from "./dimensions.ts";
import type { CapacityLimits, Unit } from "./dimensions.ts";
import type { Step } from "./step.ts";
import type { Ceiling } from "./stepping.ts";

/** One line of the evidence. */
export interface Evidence {
  readonly dimension: string;
  readonly unit: Unit;
  /** undefined: not measured, so not judged. */
  readonly value: number | undefined;
  readonly limit: number;
  readonly crossed: boolean;
  /** Empty where the limit was kept. */
  readonly cause: string;
}

/**
 * Where it lies: in the server's process, outside of it (disk, network, other programs), in its configuration, in the
 * generator, or nowhere that was tried.
 */
export type BottleneckPlace = "process" | "outside" | "configuration" | "generator" | "none";

/** What stops the server from holding more. */
export interface Bottleneck {
  readonly place: BottleneckPlace;
  /** A dimension's name; `generator`; or `none` where the largest load to be tried was held. */
  readonly name: string;
  /** The load at which it showed; undefined for `none`. */
  readonly load: number | undefined;
  readonly cause: string;
  readonly evidence: readonly Evidence[];
}

/** The first bottleneck: of the smallest load that crossed a limit. */
export function bottleneckOf(steps: readonly Step[], ceiling: Ceiling, limits: CapacityLimits): Bottleneck {
  const over = steps.filter(({ verdict }) => verdict === "over").toSorted((a, b) => a.load - b.load)[0];
  const starved = steps.findLast(({ verdict }) => verdict === "generator");
  if (over !== undefined) return ofServer(over, limits);
  if (ceiling === "generator" || starved !== undefined)
    return starved === undefined ? none(steps, limits) : ofGenerator(starved);
  return none(steps, limits);
}

function evidenceOf(step: Step, limits: CapacityLimits): readonly Evidence[] {
  return DIMENSIONS.map((dimension) => {
    const value = dimension.value(step);
    const limit = dimension.limit(limits);
    const crossed = value !== undefined && value > limit;
    return {
      dimension: dimension.name,
      unit: dimension.unit,
      value,
      limit,
      crossed,
      cause: crossed ? dimension.cause(step, limits) : "",
    };
  });
}

function ofServer(step: Step, limits: CapacityLimits): Bottleneck {
  const crossed = crossedBy(step, limits);
  const errors = crossed.find(({ name }) => name === "errors");
  // Refusals by configuration come before everything: they are there at any strength.
  const first = isByConfiguration(step, limits) ? errors : crossed[0];
  return {
    place: isByConfiguration(step, limits)
      ? "configuration"
      : isProcessFull(step, limits)
        ? "process"
        : "outside",
    name: first?.name ?? "none",
    load: step.load,
    cause: first?.cause(step, limits) ?? "",
    evidence: evidenceOf(step, limits),
  };
}

function ofGenerator(step: Step): Bottleneck {
  const { cpu, loopDelayP99Ms, sendLagMaxMs } = step.generator;
  const row = (
    [dimension, unit]: readonly [string, Evidence["unit"]],
    value: number,
    limit: number,
  ): Evidence => ({
    dimension: `generator ${dimension}`,
    unit,
    value,
    limit,
    crossed: value > limit,
    cause: value > limit ? "the generator itself could not keep up" : "",
  });
  const { cpu: serverCpu } = step.server;
  return {
    place: "generator",
    name: "generator",
    load: step.load,
    cause:
      `generator limited: in ${step.invalidSeconds} of ${step.seconds} s it could not keep up, so nothing is said of the server there` +
      (serverCpu === undefined ? "" : ` (whose CPU stood at ${serverCpu.toFixed(2)} cores)`),
    evidence: [
      row(["CPU", "cores"], cpu, CPU_LIMIT),
      row(["event-loop delay", "ms"], loopDelayP99Ms, LOOP_DELAY_P99_LIMIT_MS),
      row(["send lag", "ms"], sendLagMaxMs, SEND_LAG_LIMIT_MS),
    ],
  };
}

function none(steps: readonly Step[], limits: CapacityLimits): Bottleneck {
  const largest = steps.toSorted((a, b) => b.load - a.load)[0];
  return {
    place: "none",
    name: "none",
    load: undefined,
    cause: "every load that was tried stayed under the limits",
    evidence: largest === undefined ? [] : evidenceOf(largest, limits),
  };
}
