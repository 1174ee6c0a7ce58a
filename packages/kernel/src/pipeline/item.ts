import type { Context } from "../context/context.ts";
import { DeadlineExceededError } from "../errors.ts";

/** What travels through a pipeline. */
export interface Item<out T> {
  readonly value: T;
  /** Moment on the context's clock by which it has to be delivered. */
  readonly deadline: number | undefined;
}

/** Runs a step for an item under the item's deadline, unless that has passed already. */
export async function runFor<T, U>(
  item: Item<T>,
  step: (value: T, ctx: Context) => U | PromiseLike<U>,
  ctx: Context,
): Promise<U> {
  const { value, deadline } = item;
  if (deadline === undefined) return step(value, ctx);
  using own = ctx.cancellable({ deadline, name: `item of ${ctx.name}` });
  own.throwIfCancelled();
  return await step(value, own);
}

/** Would a wait of this length end too late for the item? Then the error to drop it with. */
export function tooLate(item: Item<unknown>, ms: number, ctx: Context): DeadlineExceededError | undefined {
  if (item.deadline === undefined || ctx.clock.now() + ms < item.deadline) return undefined;
  return new DeadlineExceededError(`item of ${ctx.name}`);
}
