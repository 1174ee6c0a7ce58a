import assert from "node:assert/strict";
import { type Context, isCancelled, rootContext } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";

const DAY_MS = 86_400_000;

/** Lets everything run that is ready to run: microtasks, and what a spent turn has put off. */
export async function settle(turns = 3): Promise<void> {
  for (let left = turns; left > 0; left--) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Has it ended by now? Nothing is waited for but what is ready to run. */
export async function hasEnded(operation: PromiseLike<unknown>): Promise<boolean> {
  let ended = false;
  const note = (): void => {
    ended = true;
  };
  operation.then(note, note);
  await settle();
  return ended;
}

/**
 * Proves that an operation waits for ever: nothing that could run ends it, no timer is left that could, and it is
 * the cancellation of its context that does. A day of virtual time passes, and no real time.
 */
export async function waitsForEver(start: (ctx: Context) => Promise<unknown>): Promise<void> {
  const clock = new FakeClock();
  const ctx = rootContext({ clock }).cancellable();
  const operation = start(ctx);
  const ended = hasEnded(operation);
  await clock.advance(DAY_MS);
  assert.equal(await ended, false, "it has ended by itself");
  assert.equal(clock.pendingTimers, 0, "a timer could still end it");

  ctx.cancel();

  await assert.rejects(operation, isCancelled);
}

/** Proves that an operation needs nobody else, and gives its result. */
export async function endsAtOnce<T>(start: (ctx: Context) => Promise<T>): Promise<T> {
  const operation = start(rootContext({ clock: new FakeClock() }));
  assert.ok(await hasEnded(operation), "it waits");
  return operation;
}

/** The value of a receive; fails at the end of the channel. */
export function valueOf<T>(taken: IteratorResult<T, undefined> | undefined): T {
  assert.ok(taken !== undefined && taken.done !== true, "a value was expected, and there is none");
  return taken.value;
}

export const CLOSED = { code: "KERNEL_CHANNEL_CLOSED" };
export const END = { done: true, value: undefined };
