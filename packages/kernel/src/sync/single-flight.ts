import type { Context } from "../context/context.ts";
import { type OnceBody, SharedRun } from "./shared-run.ts";
import type { Scope } from "../task/scope.ts";

export interface SingleFlightOptions {
  readonly name?: string;
  /** Owner of the runs; the application when absent. Its end cancels them. */
  readonly scope?: Scope;
}

/**
 * At most one run per key at a time, shared by all who ask for it meanwhile.
 *
 * Shape      a run is a task of its own: a caller that is cancelled takes nothing away from the others. Nothing is
 *            kept after a run has ended; the next call runs again.
 * Bounds     as many keys as runs are under way.
 * Errors     what the body threw, to all who shared that run; the cancel error of `ctx` to whoever was cancelled.
 */
export class SingleFlight<K, V> {
  readonly #options: SingleFlightOptions;
  readonly #runs = new Map<K, SharedRun<V>>();

  constructor(options: SingleFlightOptions = {}) {
    this.#options = options;
  }

  /** Runs that are under way. */
  get size(): number {
    return this.#runs.size;
  }

  /** The value of the run for `key`: the one under way, else a new one of `body`. */
  do(key: K, body: OnceBody<V>, ctx?: Context): Promise<V> {
    const under = this.#runs.get(key);
    // Whoever shares a run never starts one: its body is the first caller's.
    if (under !== undefined) return under.share(body, ctx);
    const run = new SharedRun<V>({ name: "single flight", ...this.#options });
    const once = async (own: Context): Promise<V> => {
      try {
        return await body(own);
      } finally {
        if (this.#runs.get(key) === run) this.#runs.delete(key);
      }
    };
    const value = run.share(once, ctx);
    if (run.state === "running") this.#runs.set(key, run);
    return value;
  }

  /** The next call for `key` runs anew, whatever is under way; who waits already gets that. */
  forget(key: K): void {
    this.#runs.delete(key);
  }
}
