import { BarrageError, isRetryable } from "@barrage/protocol";
import { isCancelled, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { reasonOf, serverError } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";

export interface AwaitOptions {
  /** What is waited for, as a message names it. */
  readonly service: string;
  readonly withinMs: number;
  readonly log: Pick<Logger, "warn">;
}

/** Pause between two tries, ms: who starts everything at once waits for the slowest, not for us. */
const AGAIN_MS = 500;
/** How often the wait is told, ms. */
const TELL_EVERY_MS = 5_000;

const mayCome = (error: unknown): boolean => isCancelled(error) || isRetryable(error);

/**
 * Opens what another server of the cluster answers to, however late that one starts.
 *
 * Bounds     `withinMs`; what fails for good (an unsafe topic, a wrong password) fails at once.
 * Errors     SERVER_CLUSTER_ABSENT with the last reason; those of `open` that waiting does not mend.
 */
export async function awaitServer<T>(
  open: (ctx: Context) => Promise<T>,
  { service, withinMs, log }: AwaitOptions,
  ctx: Context,
): Promise<T> {
  const { clock } = ctx;
  const began = clock.now();
  let toldAt = began;
  let last: unknown = new Error("it did not answer");
  using limit = ctx.cancellable({ timeout: withinMs, name: `await ${service}` });
  for (;;) {
    try {
      return await open(limit);
    } catch (error) {
      ctx.throwIfCancelled();
      if (!mayCome(error)) throw error;
      if (!isCancelled(error)) last = error;
    }
    try {
      await sleep(AGAIN_MS, limit);
    } catch {
      ctx.throwIfCancelled();
    }
    if (limit.cancelled) throw absent(service, withinMs, last);
    if (clock.now() - toldAt < TELL_EVERY_MS) continue;
    toldAt = clock.now();
    log.warn({ service, waitedMs: Math.round(toldAt - began), err: last }, "still waiting for a server");
  }
}

function absent(service: string, waitedMs: number, last: unknown): Error {
  // Ours say it in a sentence of their own.
  const reason = BarrageError.is(last) ? last.message : reasonOf(last);
  return serverError("SERVER_CLUSTER_ABSENT", { service, waitedMs, reason }, last);
}
