import { Random } from "../random/random.ts";
import { parseVersioned } from "../report/versioned.ts";
import { bandOf, repeatedLaws } from "./bootstrap.ts";
import type { Band } from "./bootstrap.ts";
import { bottleneckOf } from "./bottleneck.ts";
import type { Bottleneck } from "./bottleneck.ts";
import type { CapacityLimits } from "./dimensions.ts";
import { fitLaw } from "./fit-law.ts";
import type { Fit, NoFit } from "./fit-law.ts";
import { estimateMachine } from "./machine.ts";
import type { Machine, MachineEstimate } from "./machine.ts";
import { memoryFit } from "./memory-per-connection.ts";
import type { MemoryFit, NoMemory } from "./memory-per-connection.ts";
import { recommend } from "./recommend.ts";
import type { CurrentSettings, Recommendation } from "./recommend.ts";
import { peakOf, throughputAt } from "./scalability-law.ts";
import type { Step } from "./step.ts";
import type { SteppingResult, SteppingShape } from "./stepping.ts";

export const CAPACITY_FORMAT = "barrage-capacity-report";
export const CAPACITY_VERSION = 1;

/** What is asked, and of what. Units: seconds; ms in `limits`. */
export interface CapacitySettings {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  /** Which of the two is stepped up. */
  readonly grow: "rate" | "viewers";
  /** The other one, which stays. */
  readonly fixed: number;
  readonly shape: SteppingShape;
  readonly users: number;
  readonly warmUpSeconds: number;
  readonly stepSeconds: number;
  readonly holdSeconds: number;
  /** Quiet connections that memory is measured with; 0 for none. */
  readonly probeConnections: number;
  readonly limits: CapacityLimits;
  readonly safety: number;
  readonly machine: Machine;
  readonly current: CurrentSettings;
  readonly seed: number;
}

/** What was measured, before anything is concluded. */
export interface Measured {
  readonly steps: readonly Step[];
  readonly result: SteppingResult;
  /** Cores in use without load. */
  readonly idleCpu: number | undefined;
  readonly memory: readonly (readonly [connections: number, bytes: number])[];
}

/** The load of most throughput by the fitted curve. */
export interface Peak {
  readonly kind: "measured" | "beyond" | "none";
  /** With `measured` only: the load, with its band. */
  readonly load?: Band;
}

export interface CapacityReport {
  readonly format: typeof CAPACITY_FORMAT;
  readonly version: typeof CAPACITY_VERSION;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly settings: CapacitySettings;
  readonly steps: readonly Step[];
  readonly result: SteppingResult;
  readonly bottleneck: Bottleneck;
  readonly throughput: Fit | NoFit;
  readonly latency: Fit | NoFit;
  readonly peak: Peak;
  readonly memory: MemoryFit | NoMemory;
  /** undefined where no load was held: then there is nothing to recommend. */
  readonly recommendation: Recommendation | undefined;
  readonly estimate: MachineEstimate | undefined;
}

/** Concludes: what was measured is data from here on, and the same data with the same seed gives the same report. */
export function capacityReport(
  settings: CapacitySettings,
  measured: Measured,
  startedAt: string,
): CapacityReport {
  const { limits, grow } = settings;
  const { steps, result, idleCpu } = measured;
  const random = new Random(settings.seed);
  const told = steps.filter(({ verdict }) => verdict !== "generator");
  const throughput = fitLaw(
    "throughput",
    told.map((step) => ({ load: step.load, value: throughputOf(step, grow) })),
  );
  // Over the limit a line grows for as long as one waits: its latency says how long the step was.
  const latency = fitLaw(
    "latency",
    told
      .filter(({ verdict }) => verdict === "under")
      .map(({ load, delivery }) => ({ load, value: delivery.p99 })),
  );
  const memory = memoryFit(measured.memory, random.fork("memory"));
  const bottleneck = bottleneckOf(steps, result.ceiling, limits);
  const held = steps.findLast(
    ({ phase, load, verdict }) => phase === "hold" && load === result.held && verdict === "under",
  );
  return {
    format: CAPACITY_FORMAT,
    version: CAPACITY_VERSION,
    startedAt,
    settings,
    steps,
    result,
    bottleneck,
    throughput,
    latency,
    peak: peak(throughput, random.fork("peak")),
    memory,
    recommendation:
      held === undefined
        ? undefined
        : recommend({
            ...settings,
            held,
            steps,
            idleCpu,
            cores: settings.machine.cores,
          }),
    estimate:
      held === undefined
        ? undefined
        : estimateMachine(settings.machine, {
            held: heldBand(held, throughput, grow, random.fork("held")),
            memory,
            grow,
            place: bottleneck.place,
          }),
  };
}

/** What is got out: acknowledged danmaku, or deliveries, per second. */
export const throughputOf = (step: Step, grow: "rate" | "viewers"): number =>
  grow === "rate" ? step.acked : step.delivered;

/** The held load and how far repeated measurements would have put its throughput from it. */
function heldBand(held: Step, fit: Fit | NoFit, grow: "rate" | "viewers", random: Random): Band {
  const { load } = held;
  if (fit.kind === "no fit") return { low: load, estimate: load, high: load };
  const n = load / fit.unit;
  const fitted = throughputAt(n, fit.law);
  const shares = repeatedLaws("throughput", fit, random).map((law) => throughputAt(n, law) / fitted);
  const { low, high } = bandOf(1, shares);
  const share = grow === "rate" ? Math.min(1, held.acked / held.rate) : 1;
  return { low: load * share * low, estimate: load * share, high: load * share * high };
}

function peak(fit: Fit | NoFit, random: Random): Peak {
  if (fit.kind === "no fit") return { kind: "none" };
  const n = peakOf(fit.law);
  if (n === undefined) return { kind: "none" };
  const load = n * fit.unit;
  if (load > fit.largestLoad) return { kind: "beyond" };
  const repeated = repeatedLaws("throughput", fit, random).flatMap((law) => peakOf(law) ?? []);
  return {
    kind: "measured",
    load: bandOf(
      load,
      repeated.map((each) => each * fit.unit),
    ),
  };
}

/** Reads a report's JSON. Errors: LOAD_BAD_REPORT. */
export function parseCapacityReport(text: string, file: string): CapacityReport {
  return parseVersioned(text, file, { format: CAPACITY_FORMAT, version: CAPACITY_VERSION }) as CapacityReport;
}
