import type { ContextNode } from "../context/context-node.ts";
import { Refusal } from "../refusal.ts";
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

/** How a body ended. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** The task as its scope sees it. The promise is made when someone first asks, so an unawaited task has none. */
export class OwnedTask<T> implements Task<T> {
  declare readonly context: ContextNode;
  declare private outcome: Outcome<T> | undefined;
  declare private awaited: Promise<T> | undefined;
  declare private settle: ((value: T | PromiseLike<T>) => void) | undefined;

  /** The context is one that serves a task. */
  constructor(context: ContextNode) {
    this.context = context;
    this.outcome = undefined;
    this.awaited = undefined;
    this.settle = undefined;
  }

  get record(): TaskRecord {
    return this.context.record as TaskRecord;
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
    this.settle?.("error" in outcome ? new Refusal(outcome.error) : outcome.value);
  }

  private get promise(): Promise<T> {
    const promise = (this.awaited ??= this.makePromise());
    return syncObserver === undefined ? promise : this.joined(promise);
  }

  private makePromise(): Promise<T> {
    const { outcome } = this;
    if (outcome !== undefined) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what the body threw, as it is
      return "error" in outcome ? Promise.reject(outcome.error) : Promise.resolve(outcome.value);
    }
    return new Promise<T>((resolve) => {
      this.settle = resolve;
    });
  }

  /** Tells the race detector that whoever awaits the task sees all that it did. */
  private joined(promise: Promise<T>): Promise<T> {
    const by = currentRecord();
    const seen = (): void => syncObserver?.acquire(this.record, by);
    void promise.then(seen, seen);
    return promise;
  }
}

/** The record of a task of this kernel. */
export function recordOf(task: object): TaskRecord | undefined {
  return task instanceof OwnedTask ? task.record : undefined;
}
