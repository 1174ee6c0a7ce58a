import type { CancellableContext, Context } from "../context/context.ts";
import { background } from "../context/root.ts";
import { type BoundedOutcome, runBounded } from "../task/bounded.ts";

/** One thing to end. `ctx` is cancelled when its time is over, or somebody has lost patience. */
export interface ShutdownStep {
  readonly name: string;
  readonly run: (ctx: Context) => void | PromiseLike<void>;
}

/** Steps that go at the same time; the next phase begins when all have ended or were cut off. */
export interface ShutdownPhase {
  readonly name: string;
  readonly steps: readonly ShutdownStep[];
  /** Its own deadline, ms from its begin. */
  readonly deadlineMs?: number;
  /** Goes also after the whole deadline, and when forced, in its own time: what has to be released in any case. */
  readonly always?: boolean;
}

/**
 * `late` and `forced`: cut off by a deadline, or by force; `skipped`: never begun because of that. A step that is
 * cut off may go on, and is then found in the list of live tasks.
 */
export interface StepReport {
  readonly phase: string;
  readonly step: string;
  readonly outcome: "done" | "failed" | "late" | "forced" | "skipped";
  readonly ms: number;
  /** What it threw, or why it was cut off or skipped. */
  readonly error: unknown;
}

export interface ShutdownReport {
  /** Everything was done. */
  readonly clean: boolean;
  readonly forced: boolean;
  readonly ms: number;
  readonly steps: readonly StepReport[];
  /** Those that were not done. */
  readonly unfinished: readonly StepReport[];
}

export interface ShutdownOptions {
  readonly name?: string;
  /** In order. */
  readonly phases: readonly ShutdownPhase[];
  /** For all phases but those that go always, ms. */
  readonly deadlineMs: number;
  /** For each phase that goes always, unless it has a deadline of its own, ms. */
  readonly releaseMs?: number;
  /** Told as each step begins. */
  readonly onStep?: (phase: string, step: string) => void;
}

// Time for a phase that goes always, ms: closing a database writes its last pages.
const RELEASE_MS = 5_000;

/**
 * The way down: once, in phases, each within its time.
 *
 * Bounds     ends within `deadlineMs`, plus the time of the phases that go always, whatever the steps do.
 * Errors     none: how it went is in the report.
 */
export class Shutdown {
  readonly #options: ShutdownOptions;
  readonly #root: Context;
  readonly #limit: CancellableContext;
  #forced = false;
  #ending: Promise<ShutdownReport> | undefined = undefined;

  /** `ctx` gives the clock; its cancellation, which may be what is under way, does not matter. */
  constructor(options: ShutdownOptions, ctx: Context = background) {
    this.#options = options;
    this.#root = ctx.detached();
    this.#limit = this.#root.cancellable({ name: options.name ?? "shutdown" });
  }

  /** Has somebody asked for it? */
  get begun(): boolean {
    return this.#ending !== undefined;
  }

  /** Goes down, once; every call gets the report of that. */
  run(): Promise<ShutdownReport> {
    return (this.#ending ??= this.#down());
  }

  /** Waits for nobody any more; also before `run`. Phases that go always keep their time. */
  force(): void {
    this.#forced = true;
    this.#limit.cancel(new Error("it was asked to end at once"));
  }

  /** For signals: the first one goes down, the next ones force. */
  request(): Promise<ShutdownReport> {
    if (this.begun) this.force();
    return this.run();
  }

  async #down(): Promise<ShutdownReport> {
    const { phases, deadlineMs, releaseMs = RELEASE_MS } = this.#options;
    const { clock } = this.#root;
    const begin = clock.now();
    const steps: StepReport[] = [];
    using whole = this.#limit.cancellable({ timeout: deadlineMs });
    for (const phase of phases) {
      const parent = phase.always === true ? this.#root : whole;
      const timeout = phase.deadlineMs ?? (phase.always === true ? releaseMs : undefined);
      const name = `${this.#limit.name}/${phase.name}`;
      using ctx = parent.cancellable(timeout === undefined ? { name } : { name, timeout });
      steps.push(...(await Promise.all(phase.steps.map((step) => this.#step(phase, step, ctx)))));
    }
    const unfinished = steps.filter(({ outcome }) => outcome !== "done");
    return {
      clean: unfinished.length === 0,
      forced: this.#forced,
      ms: clock.now() - begin,
      steps,
      unfinished,
    };
  }

  async #step(phase: ShutdownPhase, step: ShutdownStep, ctx: Context): Promise<StepReport> {
    const about = { phase: phase.name, step: step.name };
    const refused = cancelErrorOf(ctx);
    if (refused !== undefined) return { ...about, outcome: "skipped", ms: 0, error: refused };
    const begin = ctx.clock.now();
    const ended = await this.#run(phase, step, ctx);
    const ms = ctx.clock.now() - begin;
    if ("value" in ended) return { ...about, outcome: "done", ms, error: undefined };
    const cut = cancelErrorOf(ctx);
    const error = "error" in ended ? ended.error : cut;
    if (cut === undefined) return { ...about, outcome: "failed", ms, error };
    const byForce = this.#forced && phase.always !== true;
    return { ...about, outcome: byForce ? "forced" : "late", ms, error };
  }

  #run(phase: ShutdownPhase, step: ShutdownStep, ctx: Context): Promise<BoundedOutcome<void>> {
    const run = (own: Context): void | PromiseLike<void> => {
      this.#options.onStep?.(phase.name, step.name);
      return step.run(own);
    };
    return runBounded({ name: `${ctx.name}/${step.name}`, run }, ctx);
  }
}

function cancelErrorOf(ctx: Context): unknown {
  try {
    ctx.throwIfCancelled();
    return undefined;
  } catch (error) {
    return error;
  }
}
