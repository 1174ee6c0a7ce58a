import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { capacityReport } from "./capacity-report.ts";
import type { CapacityReport, CapacitySettings } from "./capacity-report.ts";
import { crossedBy, verdictOf } from "./dimensions.ts";
import type { Step, StepMeasure } from "./step.ts";
import { beginStepping, nextStepping } from "./stepping.ts";
import type { Stepping, SteppingResult } from "./stepping.ts";

/** Loads to be measured one after the other. */
export interface LoadSeries {
  readonly loads: readonly number[];
  /** Length of each after its warm-up. */
  readonly seconds: number;
}

/** What loads are tried on: a real server, or a model of one. */
export interface CapacityRig {
  /** Cores in use without load; undefined where nobody can read it. */
  idle(ctx: Context): Promise<number | undefined>;
  /** Connections and memory while quiet connections are made; empty where nobody can read it. */
  memory(ctx: Context): Promise<readonly (readonly [connections: number, bytes: number])[]>;
  /**
   * Tells each load's measure as soon as it is there; ends after the first for which `onStep` answers false. Resolves to
   * the records that were lost in the end; undefined where nobody waited for it.
   */
  measure(
    series: LoadSeries,
    onStep: (measure: StepMeasure) => boolean,
    ctx: Context,
  ): Promise<number | undefined>;
}

/** What is told on the way. */
export interface CapacityEvents {
  onPhase?(phase: "memory" | "up" | "back" | "hold", loads: readonly number[]): void;
  onStep?(step: Step): void;
}

/** Time for lines to empty after a load that was too much, ms. */
const REST_MS = 2_000;

/**
 * Finds what a server holds.
 *
 * Shape      up until a limit, back and on in small steps, hold; a load that the generator could not make is left out.
 * Errors     those of the rig's runs: the server could not be reached, or refuses logins.
 */
export async function measureCapacity(
  settings: CapacitySettings,
  rig: CapacityRig,
  events: CapacityEvents,
  ctx: Context,
): Promise<CapacityReport> {
  const startedAt = new Date(ctx.clock.wall()).toISOString();
  const idleCpu = await rig.idle(ctx);
  if (settings.probeConnections > 0) events.onPhase?.("memory", [settings.probeConnections]);
  const memory = settings.probeConnections > 0 ? await rig.memory(ctx) : [];
  const { steps, result } = await stepThrough(settings, rig, events, ctx);
  return capacityReport(settings, { steps, result, idleCpu, memory }, startedAt);
}

async function stepThrough(
  settings: CapacitySettings,
  rig: CapacityRig,
  events: CapacityEvents,
  ctx: Context,
): Promise<{ readonly steps: readonly Step[]; readonly result: SteppingResult }> {
  const steps: Step[] = [];
  let stepping: Stepping = beginStepping(settings.shape);
  while (stepping.phase !== "done") {
    const { phase, loads }: { readonly phase: Step["phase"]; readonly loads: readonly number[] } = stepping;
    events.onPhase?.(phase, loads);
    const outcomes: Step[] = [];
    const seconds = phase === "hold" ? settings.holdSeconds : settings.stepSeconds;
    const lost = await rig.measure(
      { loads, seconds },
      (measure) => {
        const step = judged(measure, phase, settings);
        outcomes.push(step);
        if (phase !== "hold") events.onStep?.(step);
        return step.verdict === "under";
      },
      ctx,
    );
    if (phase === "hold") {
      // What loses danmaku is not held.
      outcomes.splice(
        0,
        1,
        ...outcomes.map((step) => judged(lost === undefined ? step : { ...step, lost }, phase, settings)),
      );
      for (const step of outcomes) events.onStep?.(step);
    }
    steps.push(...outcomes);
    stepping = nextStepping(stepping, outcomes, settings.shape);
    if (outcomes.at(-1)?.verdict !== "under" && stepping.phase !== "done") await sleep(REST_MS, ctx);
  }
  return { steps, result: stepping };
}

const judged = (measure: StepMeasure, phase: Step["phase"], { limits }: CapacitySettings): Step => ({
  ...measure,
  phase,
  verdict: verdictOf(measure, limits),
  crossed: crossedBy(measure, limits).map(({ name }) => name),
});
