import type { LineEntry } from "../line.ts";
import type { TaskRecord } from "../task/task-record.ts";

/** Whoever stands in a channel's line for a value: one receive, or one arm of a select. */
export interface WaitingReceiver<T> extends LineEntry {
  /** The task that waits, as far as known. */
  readonly waiter: TaskRecord | undefined;
  resolve(result: IteratorResult<T, undefined>): void;
}

/** Whoever stands in a channel's line with a value: one send, or one arm of a select. */
export interface WaitingSender<T> extends LineEntry {
  readonly value: T;
  /** The task that waits, as far as known. */
  readonly waiter: TaskRecord | undefined;
  resolve(): void;
  reject(error: Error): void;
}
