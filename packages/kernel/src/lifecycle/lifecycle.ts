import type { CancellableContext, Context } from "../context/context.ts";
import { background } from "../context/root.ts";
import { KernelError, LifecycleError } from "../errors.ts";
import { scope } from "../task/nursery.ts";
import type { Task } from "../task/task.ts";
import { nodeOfProvider, type Provider, type ProviderNode } from "./provider.ts";
import { startOrder } from "./start-order.ts";
import { Unit, type UnitHealth } from "./unit.ts";

export type LifecycleState =
  | "idle"
  | "starting"
  /** Some of its parts have started, ahead of the others. */
  | "prepared"
  | "started"
  | "stopping"
  | "stopped"
  | "failed";

/** One part of a lifecycle, and the names of those that are started before it. */
export interface PlannedPart {
  readonly name: string;
  readonly needs: readonly string[];
}

export interface LifecycleOptions {
  readonly name?: string;
  /** Time to stop again what a failed start had started, ms. */
  readonly rollbackMs?: number;
}

// Time to undo a start, ms: closing what was opened moments ago has nothing to write out.
const ROLLBACK_MS = 5_000;

/**
 * Starts what its roots need, in order, and stops it again in reverse.
 *
 * Shape      lazy: what no root needs is never started. Independent parts start at the same time and stop one after
 *            the other. After it has stopped, or failed to start, it can be started again.
 * Errors     KERNEL_LIFECYCLE_CYCLE, before anything is started; KERNEL_LIFECYCLE_START_FAILED after all that had
 *            been started is stopped again; KERNEL_LIFECYCLE_STOP_FAILED after all has been stopped; both with every
 *            failure in `errors`. KERNEL_LIFECYCLE_STATE for a start while it is started.
 */
export class Lifecycle {
  readonly name: string;
  readonly #roots: readonly ProviderNode[];
  readonly #rollbackMs: number;
  #state: LifecycleState = "idle";
  #units = new Map<ProviderNode, Unit>();
  /** In the order they were started. */
  #started: Unit[] = [];
  #starting: { readonly ctx: CancellableContext; readonly ended: Promise<void> } | undefined = undefined;
  #stopping: Promise<void> | undefined = undefined;

  constructor(roots: readonly Provider<unknown>[], options: LifecycleOptions = {}) {
    this.#roots = roots.map(nodeOfProvider);
    this.name = options.name ?? "lifecycle";
    this.#rollbackMs = options.rollbackMs ?? ROLLBACK_MS;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** Started, and every part says that it is well. */
  get healthy(): boolean {
    return this.#state === "started" && this.health().every(({ reason }) => reason === undefined);
  }

  /** Every part that is needed, dependencies first; empty before the first start. */
  health(): readonly UnitHealth[] {
    return [...this.#units.values()].map((unit) => unit.health());
  }

  /** Every part that its roots need, dependencies first, as a start would make them; nothing is started for it. */
  plan(): readonly PlannedPart[] {
    return startOrder(this.#roots, this.name).map(({ node, needs }) => ({
      name: node.name,
      needs: needs.map(([, need]) => need.name),
    }));
  }

  /** The value of a part; KERNEL_LIFECYCLE_NOT_STARTED unless it is started. */
  get<T>(provider: Provider<T>): T {
    const unit = this.#units.get(nodeOfProvider(provider));
    if (unit?.state === "started") return unit.value as T;
    throw new KernelError("KERNEL_LIFECYCLE_NOT_STARTED", { name: provider.name });
  }

  /** The value of a part, or undefined unless it is started. */
  find<T>(provider: Provider<T>): T | undefined {
    const unit = this.#units.get(nodeOfProvider(provider));
    return unit?.state === "started" ? (unit.value as T) : undefined;
  }

  /**
   * Starts everything that is not started yet, or nothing: after a failure all is stopped again. A cancelled `ctx`
   * starts nothing.
   */
  async start(ctx: Context = background): Promise<void> {
    if (this.#state !== "prepared") this.#begin(ctx);
    ctx.throwIfCancelled();
    await this.#startSome([...this.#units.values()], "started", ctx);
  }

  /**
   * Starts some parts and what they need, so that a later `start` has only the others to start. What no root needs is
   * not started. A failure is as one of `start`.
   */
  async prepare(parts: readonly Provider<unknown>[], ctx: Context = background): Promise<void> {
    this.#begin(ctx);
    const needed = startOrder(parts.map(nodeOfProvider), this.name).map(({ node }) => this.#units.get(node));
    const some = needed.filter((unit) => unit !== undefined);
    await this.#startSome(some, "prepared", ctx);
  }

  #begin(ctx: Context): void {
    const state = this.#state;
    if (state === "starting" || state === "prepared" || state === "started" || state === "stopping") {
      throw new KernelError("KERNEL_LIFECYCLE_STATE", { name: this.name, state });
    }
    ctx.throwIfCancelled();
    const plans = startOrder(this.#roots, this.name);
    this.#units = new Map(plans.map((plan) => [plan.node, new Unit(plan)]));
  }

  async #startSome(units: readonly Unit[], reached: LifecycleState, ctx: Context): Promise<void> {
    this.#state = "starting";
    const own = ctx.cancellable({ name: `start ${this.name}` });
    const started = this.#startAll(units, reached, own);
    const ended = started.catch(() => undefined);
    this.#starting = { ctx: own, ended };
    await started;
  }

  /**
   * Stops everything in the reverse order of its start; a failure does not keep the rest from being stopped. Each
   * stop is called, also when `ctx` is cancelled, but then not waited for. During a start, calls that off.
   */
  async stop(ctx: Context = background): Promise<void> {
    if (this.#starting !== undefined) {
      const { ctx: start, ended } = this.#starting;
      start.cancel(new Error(`${this.name} is to stop`));
      await ended;
    }
    if (this.#state === "started" || this.#state === "prepared") this.#stopping = this.#stopAll(ctx);
    await this.#stopping;
  }

  async #startAll(units: readonly Unit[], reached: LifecycleState, own: CancellableContext): Promise<void> {
    try {
      await this.#startUnits(units, own);
      this.#state = reached;
    } catch (error) {
      using undo = own.detached().cancellable({ timeout: this.#rollbackMs, name: `undo ${this.name}` });
      const failed = this.#failedParts();
      const errors = [...flat(error), ...(await this.#stopUnits(undo))];
      this.#state = "failed";
      throw new LifecycleError("KERNEL_LIFECYCLE_START_FAILED", { name: this.name, parts: failed }, errors);
    } finally {
      this.#starting = undefined;
      own.cancel();
    }
  }

  /** One task each: it waits for those of what it needs. What has started before is left as it is. */
  #startUnits(units: readonly Unit[], ctx: Context): Promise<void> {
    return scope(
      (owner) => {
        const tasks = new Map<ProviderNode, Task<void>>();
        for (const unit of units) {
          if (unit.state === "started") continue;
          const needs = unit.plan.needs.map(([, need]) => tasks.get(need));
          const task = owner.spawn(
            async (own) => {
              for (const need of needs) await need;
              own.throwIfCancelled();
              await unit.start((need) => this.#units.get(need)?.value, own);
              this.#started.push(unit);
            },
            { name: `${this.name}/${unit.name}` },
          );
          tasks.set(unit.plan.node, task);
        }
      },
      { parent: ctx, name: this.name },
    );
  }

  async #stopAll(ctx: Context): Promise<void> {
    this.#state = "stopping";
    const errors = await this.#stopUnits(ctx);
    const failed = this.#failedParts();
    this.#state = "stopped";
    this.#stopping = undefined;
    if (errors.length === 0) return;
    throw new LifecycleError("KERNEL_LIFECYCLE_STOP_FAILED", { name: this.name, parts: failed }, errors);
  }

  async #stopUnits(ctx: Context): Promise<readonly unknown[]> {
    const errors: unknown[] = [];
    for (let unit = this.#started.pop(); unit !== undefined; unit = this.#started.pop()) {
      try {
        await unit.stop(ctx);
      } catch (error) {
        errors.push(error);
      }
    }
    return errors;
  }

  #failedParts(): string {
    const failed = [...this.#units.values()].filter(({ state }) => state === "failed");
    return failed.map(({ name }) => name).join(", ") || "nothing";
  }
}

function flat(error: unknown): readonly unknown[] {
  return error instanceof AggregateError ? error.errors : [error];
}
