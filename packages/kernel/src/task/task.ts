import type { ContextNode } from "../context/context-node.ts";
import { currentRecord, syncObserver } from "./probe.ts";
import type { TaskRecord, TaskState } from "./task-record.ts";

/**
 * A running piece of work that its scope owns. It can be awaited like a promise, and need not be: a failure that
 * nobody awaits raises no unhandled rejection, because the scope is told of every failure anyway.
 *
 * Declared as PromiseLike and not as Promise, so that lint does not take an owned task for a floating promise.
 */
export interface Task<T> extends PromiseLike<T> {
  readonly id: number;
  readonly name: string;
  readonly state: TaskState;
  cancel(cause?: unknown): void;
  then<R = T, S = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => S | PromiseLike<S>) | null,
  ): Promise<R | S>;
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R>;
  finally(onFinally?: (() => void) | null): Promise<T>;
  readonly [Symbol.toStringTag]: string;
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** The task as its scope sees it. The promise is made when someone first asks, so an unawaited task has none. */
export class OwnedTask<T> implements Task<T> {
  readonly context: ContextNode;
  readonly record: TaskRecord;
  private outcome: Outcome<T> | undefined = undefined;
  private awaited: PromiseWithResolvers<T> | undefined = undefined;

  constructor(context: ContextNode, record: TaskRecord) {
    this.context = context;
    this.record = record;
  }

  get [Symbol.toStringTag](): string {
    return "Task";
  }

  get id(): number {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  get state(): TaskState {
    return this.record.state;
  }

  cancel(cause?: unknown): void {
    this.context.cancel(cause);
  }

  // eslint-disable-next-line unicorn/no-thenable -- a task is awaited like a promise; that is its interface
  then<R = T, S = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => S | PromiseLike<S>) | null,
  ): Promise<R | S> {
    return this.promise.then(onFulfilled, onRejected);
  }

  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R> {
    return this.promise.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.promise.finally(onFinally);
  }

  park(verb: string, object: string): void {
    this.record.park(verb, object);
  }

  unpark(): void {
    this.record.unpark();
  }

  /** Notes the end and frees the context; called once, by the scope. */
  end(state: "done" | "failed" | "cancelled", outcome: Outcome<T>): void {
    this.outcome = outcome;
    this.record.end(state);
    this.context.cancel();
    if (this.awaited !== undefined) settle(this.awaited, outcome);
  }

  private get promise(): Promise<T> {
    if (this.awaited === undefined) {
      this.awaited = Promise.withResolvers<T>();
      if (this.outcome !== undefined) settle(this.awaited, this.outcome);
    }
    const { promise } = this.awaited;
    return syncObserver === undefined ? promise : this.joined(promise);
  }

  /** Tells the race detector that whoever awaits the task sees all that it did. */
  private joined(promise: Promise<T>): Promise<T> {
    const by = currentRecord();
    const seen = (): void => syncObserver?.acquire(this.record, by);
    void promise.then(seen, seen);
    return promise;
  }
}

function settle<T>(awaited: PromiseWithResolvers<T>, outcome: Outcome<T>): void {
  if ("error" in outcome) awaited.reject(outcome.error);
  else awaited.resolve(outcome.value);
}

/** The record of a task of this kernel. */
export function recordOf(task: object): TaskRecord | undefined {
  return task instanceof OwnedTask ? task.record : undefined;
}
