import type { Context } from "@barrage/kernel";

/**
 * The outcome of `work`, or the cancel error of `ctx` if that comes first. The work itself goes on: a request that was
 * sent cannot be taken back.
 */
export async function unlessCancelled<T>(work: Promise<T>, ctx: Context): Promise<T> {
  const over = Promise.withResolvers<never>();
  using _ = ctx.onCancel(() => {
    work.catch(() => undefined);
    try {
      ctx.throwIfCancelled();
    } catch (error) {
      over.reject(error);
    }
  });
  return await Promise.race([work, over.promise]);
}
