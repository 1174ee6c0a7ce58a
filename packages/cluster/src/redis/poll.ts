import { Backoff, isCancelled, sleep, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { isRetryable, protocolError } from "@barrage/protocol";

/** Waits between two looks, ms: a record is in the window some 20 ms after its append, and one that is late is not asked for all the time. */
const PAUSES = { base: 5, max: 100, jitter: "none" } as const;

/**
 * Looks until it holds. A look that fails because a server is away is a look that says no.
 *
 * Errors     BARRAGE_UNAVAILABLE after `timeoutMs`; the cancel error of `ctx`.
 */
export async function pollUntil(
  holds: (ctx: Context) => Promise<boolean>,
  timeoutMs: number,
  ctx: Context,
): Promise<void> {
  using patience = ctx.cancellable({ timeout: timeoutMs, name: "poll" });
  const backoff = new Backoff(PAUSES);
  try {
    // The look itself has the caller's context: that our patience ends says nothing of the server.
    while (!(await unlessCancelled(lookOnce(holds, ctx), patience))) await sleep(backoff.next(), patience);
  } catch (error) {
    ctx.throwIfCancelled();
    throw isCancelled(error) ? protocolError("BARRAGE_UNAVAILABLE", {}, error) : error;
  }
}

async function lookOnce(holds: (ctx: Context) => Promise<boolean>, ctx: Context): Promise<boolean> {
  try {
    return await holds(ctx);
  } catch (error) {
    if (isRetryable(error)) return false;
    throw error;
  }
}
