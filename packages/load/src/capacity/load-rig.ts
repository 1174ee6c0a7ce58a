import { isCancelled, scope, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { loadError } from "../errors.ts";
import { localWorker } from "../run/local-worker.ts";
import { loopbackSources } from "../run/plan.ts";
import type { LoadPlan } from "../run/plan.ts";
import { runLoad } from "../run/run-load.ts";
import { planOf } from "../run/scenarios.ts";
import type { SecondDelta } from "../run/second.ts";
import type { StartWorker } from "../run/worker-port.ts";
import type { CapacitySettings } from "./capacity-report.ts";
import type { CapacityRig, LoadSeries } from "./measure-capacity.ts";
import type { ReadServer } from "./server-reader.ts";
import { ServerReadings } from "./server-readings.ts";
import type { StepMeasure } from "./step.ts";
import { StepMeter } from "./step-meter.ts";

export interface LoadRigOptions {
  readonly settings: CapacitySettings;
  readonly readServer: ReadServer;
  /** First part of the names of the runs: up to 8 lower-case letters and digits. */
  readonly run: string;
  /** How each worker is started; absent: one, in this process. */
  readonly workers?: readonly StartWorker[];
}

const [STEP_LOOK_MS, PROBE_LOOK_MS, IDLE_MS] = [1_000, 250, 2_000];
/** Time in which the probe's connections are made: enough readings for a line. */
const PROBE_SECONDS = 6;
/** Longest wait for answers and deliveries after the last send: what comes later than this is lost to any viewer. */
const DRAIN_MS = 10_000;

/** Tries loads on a real server. Errors: those of `runLoad`. */
export class LoadRig implements CapacityRig {
  readonly #options: LoadRigOptions;
  #runs = 0;

  constructor(options: LoadRigOptions) {
    this.#options = options;
  }

  async idle(ctx: Context): Promise<number | undefined> {
    return this.#watched(STEP_LOOK_MS / 2, ctx, async (watch, own) => {
      const from = own.clock.now();
      await sleep(IDLE_MS, own);
      return watch.between(from, own.clock.now()).cpu;
    });
  }

  async memory(ctx: Context): Promise<readonly (readonly [number, number])[]> {
    const { host, probeConnections: viewers } = this.#options.settings;
    const plan: LoadPlan = {
      ...this.#plan(viewers, [{ rate: 1, seconds: 1 }]),
      users: 1,
      sources: loopbackSources(host, viewers),
      connectPerSecond: Math.ceil(viewers / PROBE_SECONDS),
    };
    return this.#watched(PROBE_LOOK_MS, ctx, async (watch, own) => {
      try {
        await runLoad(plan, {}, own);
      } catch (error) {
        if (isCancelled(error)) throw error;
        // The server lets fewer in: what was read until then tells how many, and the report says if they were enough.
      }
      return watch.memory;
    });
  }

  async measure(
    series: LoadSeries,
    onStep: (measure: StepMeasure) => boolean,
    ctx: Context,
  ): Promise<number | undefined> {
    const { grow, fixed } = this.#options.settings;
    if (grow === "rate") return this.#oneAudience(fixed, series, onStep, ctx);
    // Another number of viewers is another audience.
    const state = { goesOn: true };
    let lost: number | undefined;
    for (const load of series.loads) {
      if (!state.goesOn) break;
      const hear = (measure: StepMeasure): boolean => (state.goesOn = onStep(measure));
      lost = await this.#oneAudience(load, { loads: [load], seconds: series.seconds }, hear, ctx);
    }
    return lost;
  }

  /** All loads of a series by the same connections, one after the other without a pause. */
  async #oneAudience(
    viewers: number,
    series: LoadSeries,
    onStep: (measure: StepMeasure) => boolean,
    ctx: Context,
  ): Promise<number | undefined> {
    const { settings, workers = [localWorker] } = this.#options;
    const rateOf = (load: number): number => (settings.grow === "rate" ? load : settings.fixed);
    const length = settings.warmUpSeconds + series.seconds;
    const plan = this.#plan(
      viewers,
      series.loads.map((load) => ({ rate: rateOf(load), seconds: length })),
    );
    const meter = new StepMeter(workers.length);
    return this.#watched(STEP_LOOK_MS, ctx, async (watch, own) => {
      using run = own.cancellable({ name: "series" });
      let told = 0;
      const look = (delta: SecondDelta): void => {
        meter.add(delta, own.clock.now());
        const load = series.loads[told];
        const end = (told + 1) * length;
        if (load === undefined || run.cancelled || !meter.isOver(end)) return;
        const span = { from: end - series.seconds, to: end };
        const { from, to } = meter.moments(span);
        told += 1;
        const goesOn = onStep({
          load,
          rate: rateOf(load),
          viewers,
          ...meter.measure(span),
          server: watch.between(from, to),
        });
        if (!goesOn) run.cancel();
      };
      const report = await runLoad(plan, { workers: workers.map((start) => overheard(start, look)) }, run);
      own.throwIfCancelled();
      const [gone] = report.lostWorkers;
      if (gone !== undefined)
        throw loadError("LOAD_WORKER_LOST", {
          worker: gone.worker,
          reason: `nothing more came after second ${gone.lastSecond}`,
        });
      return report.isComplete ? report.audience.lost : undefined;
    });
  }

  #plan(viewers: number, stages: readonly { readonly rate: number; readonly seconds: number }[]): LoadPlan {
    const { protocol, host, port, users, seed } = this.#options.settings;
    this.#runs += 1;
    const plan = planOf("live-room", {
      protocol,
      host,
      port,
      run: `${this.#options.run}${this.#runs.toString(36)}`,
      seed,
      viewers,
      users,
      rate: 1,
      seconds: 1,
    });
    return {
      ...plan,
      scenario: "capacity",
      stages: stages.map(({ rate, seconds }) => ({ kind: "hold", rate, seconds })),
      drainMs: DRAIN_MS,
    };
  }

  /** Runs `body` while the server is read every so often. */
  async #watched<T>(
    everyMs: number,
    ctx: Context,
    body: (watch: ServerReadings, own: Context) => Promise<T>,
  ): Promise<T> {
    const watch = new ServerReadings(this.#options.readServer, everyMs, ctx.clock);
    return scope(
      async (tasks) => {
        const reading = tasks.spawn((own) => watch.run(own), { name: "server watch" });
        try {
          return await body(watch, tasks.context);
        } finally {
          reading.cancel();
        }
      },
      { parent: ctx, name: "capacity" },
    );
  }
}

/** A worker whose seconds are heard here too: a step's percentiles need its histograms. */
const overheard =
  (start: StartWorker, hear: (delta: SecondDelta) => void): StartWorker =>
  ({ plan, part, events }, ctx) =>
    start(
      {
        plan,
        part,
        events: {
          acks: (acks) => events.acks(acks),
          clock: (clock) => events.clock(clock),
          second(delta) {
            events.second(delta);
            hear(delta);
          },
        },
      },
      ctx,
    );
