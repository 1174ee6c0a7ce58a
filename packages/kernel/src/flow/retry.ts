import type { Context } from "../context/context.ts";
import { background } from "../context/root.ts";
import { isCancelled, RetryError } from "../errors.ts";
import { sleep } from "../time/sleep.ts";
import { wholeNumber } from "../whole-number.ts";
import { Backoff, type BackoffOptions } from "./backoff.ts";

export interface RetryOptions extends BackoffOptions {
  /** For messages. */
  readonly name?: string;
  /** How often at most the body is called, the first time included. */
  readonly attempts?: number;
  /** May the next attempt fare better? Absent: what the error says of itself, and otherwise yes. */
  readonly retryable?: (error: unknown) => boolean;
}

/** One attempt; `attempt` counts from 1. */
export type RetryBody<T> = (ctx: Context, attempt: number) => T | PromiseLike<T>;

// Attempts unless told otherwise (a count): with waits from 100 ms they span some three seconds, about what a
// restarting neighbour takes.
const ATTEMPTS = 5;

/**
 * Calls the body until it succeeds, with growing, scattered waits.
 *
 * Units      ms.
 * Bounds     at most `attempts` calls; no wait that would end after the deadline of `ctx` is begun.
 * Errors     an error that is not to be retried, and a cancellation, as they are; otherwise KERNEL_RETRIES_FAILED
 *            with the last error as `cause` and all of them in `errors`.
 */
export async function retry<T>(
  body: RetryBody<T>,
  options: RetryOptions = {},
  ctx: Context = background,
): Promise<T> {
  const attempts = wholeNumber("attempts", options.attempts ?? ATTEMPTS, 1);
  const backoff = new Backoff(options);
  const retryable = options.retryable ?? saysRetryable;
  const errors: unknown[] = [];
  for (let attempt = 1; ; attempt++) {
    ctx.throwIfCancelled();
    try {
      return await body(ctx, attempt);
    } catch (error) {
      if (isCancelled(error) && ctx.cancelled) throw error;
      if (!retryable(error)) throw error;
      errors.push(error);
      const name = options.name ?? "retry";
      if (attempt === attempts) throw new RetryError(name, "no attempts are left", errors);
      const ms = Math.max(backoff.next(), askedWait(error));
      const { deadline } = ctx;
      if (deadline !== undefined && ctx.clock.now() + ms >= deadline) {
        throw new RetryError(name, "the next attempt would come after the deadline", errors);
      }
      await sleep(ms, ctx);
    }
  }
}

interface Opinion {
  readonly retryable?: unknown;
  readonly retryAfterMs?: unknown;
  readonly spec?: { readonly retryable?: unknown };
}

function opinion(error: unknown): Opinion {
  return typeof error === "object" && error !== null ? error : {};
}

/** Coded errors carry it in their table's row, others may in a field of their own. */
function saysRetryable(error: unknown): boolean {
  const { retryable, spec } = opinion(error);
  return (retryable ?? spec?.retryable) !== false;
}

function askedWait(error: unknown): number {
  const { retryAfterMs } = opinion(error);
  return typeof retryAfterMs === "number" && retryAfterMs > 0 ? retryAfterMs : 0;
}
