import type { Context } from "./context.ts";

/**
 * The outcome of `work`, or the cancel error of `ctx` if that comes first. For work that cannot be asked to stop: it goes
 * on, and a failure that comes when nobody waits any more is nobody's.
 */
export async function unlessCancelled<T>(work: Promise<T>, ctx: Context): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  using _ = ctx.onCancel(() => {
    // Whoever no longer waits must not leave an unhandled rejection behind.
    work.catch(() => undefined);
    try {
      ctx.throwIfCancelled();
    } catch (error) {
      reject(error);
    }
  });
  return await Promise.race([work, promise]);
}
