import type { Context } from "../context/context.ts";
import { type OnceBody, type OnceOptions, SharedRun } from "./shared-run.ts";

/**
 * Runs one body, once, however many call.
 *
 * Shape      the body of the first call is the one that runs; callers meanwhile wait for its end. A body that waits
 *            for its own `Once` never ends.
 * Errors     what the body threw, to every caller, also to later ones: nobody goes on as if it were done. With
 *            `retry` the next call after a failure runs again.
 */
export class Once {
  readonly #run: SharedRun<void>;

  constructor(options: OnceOptions = {}) {
    this.#run = new SharedRun(options);
  }

  get state(): "new" | "running" | "done" | "failed" {
    return this.#run.state;
  }

  /** Ends when the one run has ended. Cancelling `ctx` ends this wait, not the run. */
  do(body: OnceBody<void>, ctx?: Context): Promise<void> {
    return this.#run.share(body, ctx);
  }
}

/** A function that computes its value at its first call and gives that one to all; see {@link Once}. */
export function onceValue<T>(body: OnceBody<T>, options: OnceOptions = {}): (ctx?: Context) => Promise<T> {
  const run = new SharedRun<T>({ ...options, name: options.name ?? (body.name || "once value") });
  return (ctx) => run.share(body, ctx);
}
