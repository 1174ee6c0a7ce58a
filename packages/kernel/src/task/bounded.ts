import type { Context } from "../context/context.ts";
import { nextTurn } from "../time/turn.ts";
import { Scope } from "./scope.ts";

/** How a bounded step ended; `cut`: its context was cancelled, and it did not end with it. */
export type BoundedOutcome<T> = { readonly value: T } | { readonly error: unknown } | { readonly cut: true };

export interface BoundedStep<T> {
  readonly name: string;
  readonly run: (ctx: Context) => T | PromiseLike<T>;
  /** Gets the value of a step that succeeded after it was cut off. */
  readonly late?: (value: T, ctx: Context) => void | PromiseLike<void>;
}

/**
 * Runs a step as a task, and waits for it no longer than its context lives, even if it does not look at that.
 *
 * Shape      a step that is cut off stays in the list of live tasks until it ends; what it throws then goes to
 *            `onTaskFailure`. Always called, also with a cancelled context, and then has this turn to end.
 */
export async function runBounded<T>(step: BoundedStep<T>, ctx: Context): Promise<BoundedOutcome<T>> {
  const { name } = step;
  // oxlint-disable-next-line barrage/require-using -- its disposal would wait for a step that was cut off
  const owner = new Scope(ctx, { name, onError: "report" });
  const ended = Promise.withResolvers<BoundedOutcome<T>>();
  let isCut = false;
  owner.spawn(
    async (own) => {
      try {
        const value = await step.run(own);
        if (isCut) await step.late?.(value, own);
        else ended.resolve({ value });
      } catch (error) {
        if (isCut) throw error;
        ended.resolve({ error });
      }
    },
    { name },
  );
  const cut = async (): Promise<void> => {
    // What was told of the cancellation in this turn may still end in it.
    await nextTurn();
    isCut = true;
    ended.resolve({ cut: true });
  };
  using _ = ctx.onCancel(() => void cut());
  const outcome = await ended.promise;
  // Takes the scope out of its parent; a task that was cut off has been cancelled anyway.
  owner.cancel();
  return outcome;
}
