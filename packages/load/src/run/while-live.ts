import type { Context } from "@barrage/kernel";

/** The work's outcome, or the cancel error as soon as `ctx` is cancelled; the work itself then goes on. */
export async function whileLive<T>(work: Promise<T>, ctx: Context): Promise<T> {
  const cancelled = Promise.withResolvers<never>();
  using _ = ctx.onCancel(() => {
    try {
      ctx.throwIfCancelled();
    } catch (error) {
      cancelled.reject(error);
    }
  });
  return await Promise.race([work, cancelled.promise]);
}
