import type { Context } from "../context/context.ts";
import { nodeOf } from "../context/context-node.ts";
import { reportFailure } from "../task/failures.ts";
import { go } from "../task/go.ts";
import type { Scope } from "../task/scope.ts";
import { Waiters } from "../waiters.ts";

/** What runs once. Its context is that of its own task, not of the caller who happened to be first. */
export type OnceBody<T> = (ctx: Context) => T | PromiseLike<T>;

export interface OnceOptions {
  readonly name?: string;
  /** Owner of the run; the application when absent. Its end cancels the run. */
  readonly scope?: Scope;
  /** Runs again at the next call after a failure. Absent: a failure is final. */
  readonly retry?: boolean;
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };
type Run<T> =
  | { readonly state: "new" }
  | { readonly state: "running" }
  | { readonly state: "ended"; outcome: Outcome<T> };

/**
 * One run that all callers share.
 *
 * The run is a task of its own: a caller that is cancelled stops waiting and takes nothing away from the others.
 */
export class SharedRun<T> {
  private run: Run<T> = { state: "new" };
  private readonly name: string;
  private readonly options: OnceOptions;
  private readonly waiters = new Waiters<T>();

  constructor(options: OnceOptions) {
    this.options = options;
    this.name = options.name ?? "once";
  }

  get state(): "new" | "running" | "done" | "failed" {
    const { run } = this;
    if (run.state !== "ended") return run.state;
    return "error" in run.outcome ? "failed" : "done";
  }

  /** The value of the run, which is started when there is none yet. */
  share(body: OnceBody<T>, ctx: Context | undefined): Promise<T> {
    const refused = ctx === undefined ? undefined : nodeOf(ctx).cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    const { run } = this;
    if (run.state === "ended") return settled(run.outcome);
    if (run.state === "running") return this.waiters.wait(ctx, "once", this.name);
    try {
      this.start(body);
    } catch (error) {
      // The owner takes no task: nothing has run, so the next call may try.
      return settled({ error });
    }
    return this.waiters.wait(ctx, "once", this.name);
  }

  private start(body: OnceBody<T>): void {
    const { scope } = this.options;
    const { name } = this;
    // The failure belongs to the callers; the scope that owns the task must not take it for its own as well.
    const caught = async (ctx: Context): Promise<Outcome<T>> => {
      try {
        return { value: await body(ctx) };
      } catch (error) {
        return { error };
      }
    };
    const task = scope === undefined ? go(caught, { name }) : scope.spawn(caught, { name });
    this.run = { state: "running" };
    void task.then(
      (outcome) => this.end(outcome),
      (error: unknown) => this.end({ error }),
    );
  }

  private end(outcome: Outcome<T>): void {
    const failed = "error" in outcome;
    this.run = failed && this.options.retry === true ? { state: "new" } : { state: "ended", outcome };
    if (!failed) this.waiters.resolve(outcome.value);
    else if (this.waiters.count > 0) this.waiters.reject(outcome.error);
    else reportFailure(outcome.error, this.name);
  }
}

function settled<T>(outcome: Outcome<T>): Promise<T> {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever the body threw goes on as it is
  return "error" in outcome ? Promise.reject(outcome.error) : Promise.resolve(outcome.value);
}
