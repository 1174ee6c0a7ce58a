import { isCancelled } from "../errors.ts";
import type { Context } from "../context/context.ts";

/**
 * What a pipeline does when a stage or the sink fails for an item, or an item's deadline passes. `stop`: the
 * pipeline ends with that failure. `collect`: goes on, and keeps the failures for the report. `drop`: goes on, and
 * counts them.
 */
export type FailurePolicy = "stop" | "collect" | "drop";

/**
 * How a pipeline ended.
 *
 * Bounds     taken = delivered + all dropped + abandoned; abandoned is 0 unless it was stopped.
 */
export interface PipelineReport {
  /** Items taken from the source. */
  readonly taken: number;
  /** Items the sink has accepted. */
  readonly delivered: number;
  /** Items that failed or came too late, by the code of the error; `failed` for errors without one. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Items under way when the pipeline was stopped. */
  readonly abandoned: number;
  /** With `collect`, what made items fail, in order; the first 128. */
  readonly errors: readonly unknown[];
}

// Failures kept with `collect` (a count), as many as a scope keeps; later ones are counted all the same.
const KEPT_ERRORS = 128;

// Different codes counted apart (a count), so that a code made from data cannot grow the table; then they are `other`.
const COUNTED_CODES = 64;

/** The counters of one run, and what to do with a failure. */
export class Tally {
  taken = 0;
  delivered = 0;
  private lost = 0;
  private readonly dropped = new Map<string, number>();
  private readonly errors: unknown[] = [];
  private readonly policy: FailurePolicy;

  constructor(policy: FailurePolicy) {
    this.policy = policy;
  }

  /** Returns when the pipeline goes on without the item; throws when it must end. */
  failed(error: unknown, ctx: Context): void {
    // The pipeline itself is being stopped: that is no failure of the item.
    if (ctx.cancelled && isCancelled(error)) throw error;
    this.lost += 1;
    const code = codeOf(error);
    const key = this.dropped.has(code) || this.dropped.size < COUNTED_CODES ? code : "other";
    this.dropped.set(key, (this.dropped.get(key) ?? 0) + 1);
    if (this.policy === "stop") throw error;
    if (this.policy === "collect" && this.errors.length < KEPT_ERRORS) this.errors.push(error);
  }

  report(): PipelineReport {
    const { taken, delivered, lost } = this;
    return {
      taken,
      delivered,
      dropped: Object.fromEntries(this.dropped),
      abandoned: taken - delivered - lost,
      errors: [...this.errors],
    };
  }
}

function codeOf(error: unknown): string {
  const { code } = (typeof error === "object" && error !== null ? error : {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : "failed";
}
