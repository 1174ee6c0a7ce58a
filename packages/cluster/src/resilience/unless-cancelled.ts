import type { Context } from "@barrage/kernel";

/** The outcome of `work`, or the cancel error of `ctx` if that comes first. The work itself goes on. */
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
