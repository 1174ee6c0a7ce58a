import { CancelLink } from "./context/cancel-link.ts";
import type { ContextNode } from "./context/context-node.ts";
import type { LockNote } from "./task/lock-note.ts";
import { currentRecord } from "./task/probe.ts";
import type { TaskRecord } from "./task/task-record.ts";

/**
 * A wait that a context may end: the promise a caller holds, its place in the context's list, and the note in the
 * task's record. It settles once; whoever comes second finds it gone from every list.
 */
export abstract class Parked<T> extends CancelLink {
  declare readonly promise: Promise<T>;
  declare private readonly resolvePromise: (value: T) => void;
  declare private readonly rejectPromise: (error: unknown) => void;
  declare private record: TaskRecord | undefined;

  constructor() {
    super();
    let resolvePromise!: (value: T) => void;
    let rejectPromise!: (error: unknown) => void;
    this.promise = new Promise<T>((resolve, reject) => {
      resolvePromise = resolve;
      rejectPromise = reject;
    });
    this.resolvePromise = resolvePromise;
    this.rejectPromise = rejectPromise;
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
    this.resolvePromise(value);
  }

  reject(error: unknown): void {
    this.leave();
    this.rejectPromise(error);
  }

  override onCancelled(source: ContextNode): void {
    this.withdraw();
    this.reject(source.cancelError);
  }

  /** Takes the wait out of the queue it stands in; the context has already let go of it. */
  protected abstract withdraw(): void;

  private leave(): void {
    this.upstream?.unlink(this);
    this.record?.unpark();
    this.record = undefined;
  }
}
