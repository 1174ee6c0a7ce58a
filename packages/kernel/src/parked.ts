import type { CancelLink } from "./context/cancel-link.ts";
import type { ContextNode } from "./context/context-node.ts";
import type { Line, LineEntry } from "./line.ts";
import type { LockNote } from "./task/lock-note.ts";
import { Refusal } from "./refusal.ts";
import { currentRecord } from "./task/probe.ts";
import type { TaskRecord } from "./task/task-record.ts";

/** What can be waited for: a channel, a semaphore, a tick. */
export interface Waitable<W> {
  /** The wait was given up because of its context, and stands in no line any more. */
  abandoned(wait: W): void;
}

/**
 * A wait: the promise a caller holds, its place in a line and in the context's list, and the note in the task's
 * record. It settles once; whoever comes second finds it gone from every list.
 *
 * One class for all waits, without subclasses: V8 calls the constructors of a class chain one by one instead of
 * inlining them, which made a wait a quarter dearer (docs/perf/kernel.md).
 */
export class Parked<T, V = undefined> implements CancelLink, LineEntry {
  declare readonly promise: Promise<T>;
  /** What the waiting one brings: the value it sends, the permits it asks for. */
  declare readonly value: V;
  declare upstream: ContextNode | undefined;
  declare previous: CancelLink | undefined;
  declare next: CancelLink | undefined;
  declare line: Line<LineEntry> | undefined;
  declare before: LineEntry | undefined;
  declare after: LineEntry | undefined;
  declare private readonly waitable: Waitable<Parked<T, V>>;
  declare private readonly settle: (value: T | PromiseLike<T>) => void;
  declare private record: TaskRecord | undefined;

  constructor(waitable: Waitable<Parked<T, V>>, value: V) {
    let settle!: (value: T | PromiseLike<T>) => void;
    this.promise = new Promise<T>((resolve) => {
      settle = resolve;
    });
    this.value = value;
    this.upstream = this.previous = this.next = undefined;
    this.line = this.before = this.after = undefined;
    this.waitable = waitable;
    this.settle = settle;
    this.record = undefined;
  }

  /** Registers with a live context under which the wait is cancellable. */
  park(context: ContextNode, verb: string, object: string, lock?: LockNote): void {
    context.listen(this);
    this.record = context.record;
    this.record?.park(verb, object, lock);
  }

  /** Notes the wait of a caller that gave no context, where its task can be known. For when tools are on. */
  note(verb: string, object: string, lock?: LockNote): void {
    this.record = currentRecord();
    this.record?.park(verb, object, lock);
  }

  /** The task that waits, as far as known. */
  get waiter(): TaskRecord | undefined {
    return this.record;
  }

  resolve(value: T): void {
    this.leave();
    this.settle(value);
  }

  reject(error: unknown): void {
    this.leave();
    this.settle(new Refusal(error));
  }

  onCancelled(source: ContextNode): void {
    this.line?.remove(this);
    this.waitable.abandoned(this);
    this.reject(source.cancelError);
  }

  private leave(): void {
    this.upstream?.unlink(this);
    this.record?.unpark();
    this.record = undefined;
  }
}
