import type { LatencySummary } from "../measure/latencies.ts";
import type { Counts, Effort } from "../run/second.ts";
import type { StepVerdict } from "./stepping.ts";

/** What the server's process did during a step. A figure is absent where nobody could read it. */
export interface ServerEffort {
  /** Cores in use: 1 = a whole one. */
  readonly cpu?: number;
  readonly residentBytes?: number;
  /** The worst of the step's readings. */
  readonly loopDelayP99Ms?: number;
  /** Cores in use by everybody on the server's machine, and how many there are. */
  readonly machine?: { readonly busy: number; readonly cores: number };
  /** Appends that waited for their commit, the most of the step's readings. */
  readonly logQueue?: number;
  /** The longest flush window in force, the most of the step's readings. */
  readonly flushWindowMs?: number;
}

/** One load, measured after its warm-up. Units: rates per second, latencies in ms. */
export interface StepMeasure {
  /** As planned: danmaku per second, or viewers. */
  readonly load: number;
  /** Danmaku per second, as planned. */
  readonly rate: number;
  readonly viewers: number;
  /** Seconds that were measured, and those of them in which the generator could not keep up. */
  readonly seconds: number;
  readonly invalidSeconds: number;
  readonly sent: number;
  readonly acked: number;
  readonly delivered: number;
  /** Refusals, faults and closed connections by their code. */
  readonly errors: Counts;
  /** Share of the sends that ended in one of them. */
  readonly errorShare: number;
  readonly delivery: LatencySummary;
  readonly ack: LatencySummary;
  /** Records that were acknowledged and did not reach a viewer; known once everything has had its time to. */
  readonly lost?: number;
  readonly generator: Effort;
  readonly server: ServerEffort;
}

/** A measured load and what it says of the server. */
export interface Step extends StepMeasure {
  readonly phase: "up" | "back" | "hold";
  readonly verdict: StepVerdict;
  /** Dimensions whose limit was crossed. */
  readonly crossed: readonly string[];
}
