import type { Clock } from "../time/clock.ts";
import type { CancelSignal } from "./cancel-signal.ts";

declare const TYPE: unique symbol;

/** Names a typed value that contexts may carry. Two keys of the same name are different keys. */
export interface Key<T> {
  readonly name: string;
  readonly [TYPE]?: (value: T) => T;
}

/** A fresh key. */
export function key<T>(name: string): Key<T> {
  return { name };
}

/** Limits of a derived context. `timeout` is a span in ms, `deadline` a moment on the context's clock. */
export interface CancellableOptions {
  readonly timeout?: number;
  readonly deadline?: number;
  readonly name?: string;
}

/**
 * What may cancel me, until when, and on whose behalf.
 *
 * Shape      a tree; cancelling a context cancels everything derived from it, and nothing else.
 * Units      `deadline` in ms on `clock.now()`.
 * Bounds     cancelled at most once, the first cause stays (KN-4); a derived deadline is never later than the
 *            parent's (KN-6); a disposed child leaves nothing behind in its parent (KN-9).
 * Cost       deriving and cancelling O(1) per context; `signal` is built on first read.
 */
export interface Context {
  /** For APIs that take an `AbortSignal`; its reason is what `throwIfCancelled` throws. */
  readonly signal: CancelSignal;
  readonly deadline: number | undefined;
  /** Undefined while live; then what `cancel` was given, or the error it made itself. */
  readonly cause: unknown;
  readonly cancelled: boolean;
  readonly clock: Clock;
  readonly name: string;
  value<T>(key: Key<T>): T | undefined;
  with<T>(key: Key<T>, value: T): Context;
  cancellable(options?: CancellableOptions): CancellableContext;
  /** Keeps clock and values, drops cancellation and deadline. */
  detached(): Context;
  throwIfCancelled(): void;
  /** Calls `fn` once when cancelled (at once if it already is); dispose to unsubscribe. */
  onCancel(fn: (cause: unknown) => void): Disposable;
}

/** A context its holder may cancel. Disposing it cancels it, so `using` is the deferred cancel. */
export interface CancellableContext extends Context, Disposable {
  cancel(cause?: unknown): void;
}
