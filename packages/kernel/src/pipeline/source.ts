import type { Receiver } from "../channel/ends.ts";
import type { Context } from "../context/context.ts";
import { reportFailure } from "../task/failures.ts";
import { Waiters } from "../waiters.ts";

/** Where items come from: a channel, or anything that can be iterated. */
export type PipelineSource<T> = Receiver<T> | AsyncIterable<T> | Iterable<T>;

function has(source: unknown, key: PropertyKey): boolean {
  // A string can be iterated too, and `in` does not take one.
  return typeof source === "object" && source !== null && key in source;
}

function isReceiver<T>(source: PipelineSource<T>): source is Receiver<T> {
  return has(source, "receive") && has(source, "drained");
}

function isAsync<T>(source: AsyncIterable<T> | Iterable<T>): source is AsyncIterable<T> {
  return has(source, Symbol.asyncIterator);
}

/** The items of a source, such that a wait for the next one can be cancelled. */
export async function* itemsOf<T>(source: PipelineSource<T>, ctx: Context): AsyncGenerator<T, void> {
  if (isReceiver(source)) yield* source.values(ctx);
  else if (isAsync(source)) yield* cancellable(source[Symbol.asyncIterator](), ctx);
  else yield* source;
}

async function* cancellable<T>(iterator: AsyncIterator<T>, ctx: Context): AsyncGenerator<T, void> {
  let ended = false;
  try {
    for (;;) {
      const next = await orCancelled(iterator.next(), ctx);
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not awaited: a generator answers it only when the step it is in has ended, and that may be never.
    if (!ended) void leave(iterator);
  }
}

async function leave(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch (error) {
    reportFailure(error, "end of a pipeline's source");
  }
}

function orCancelled<T>(pending: Promise<T>, ctx: Context): Promise<T> {
  const waiters = new Waiters<T>();
  const waiting = waiters.wait(ctx, "next", "source");
  pending.then(
    (value) => waiters.resolve(value),
    (error: unknown) => waiters.reject(error),
  );
  return waiting;
}
