import type { ContextNode } from "../context/context-node.ts";
import type { TaskRecord } from "./task-record.ts";

/**
 * What the diagnostic tools are told of tasks. Without them there is none, and each place that would tell costs one
 * comparison.
 */
export interface TaskProbe {
  started(record: TaskRecord, context: ContextNode): void;
  /** The body is about to run. What this gives is held by the running task alone, until `settled`. */
  running(record: TaskRecord): object;
  settled(pulse: object): void;
  /** Its context was cancelled; that of a task that has ended is, too. */
  cancelled(record: TaskRecord): void;
  ended(record: TaskRecord): void;
  /** The task began or ended a wait. */
  moved(record: TaskRecord): void;
  /** A channel was closed by who runs now. */
  closed(channel: object, name: string): void;
  /** Where a channel was closed, where that is known. */
  closerOf(channel: object): Error | undefined;
  /** A context was derived from one that nothing cancels, and which therefore does not know it. */
  rooted(context: ContextNode): void;
}

/** Knows which task's code is running now, across `await`. */
export interface Ambient {
  run<T>(context: ContextNode, fn: () => T): T;
  get(): ContextNode | undefined;
}

/**
 * What a race detector is told: who made what visible to whom. An undefined task is code outside of any task, or one
 * that cannot be known.
 */
export interface SyncObserver {
  /** All that `by` did happens before what later acquires `key`. */
  release(key: object, by: TaskRecord | undefined): void;
  acquire(key: object, by: TaskRecord | undefined): void;
  /** A value goes into the buffer of `capacity` places, or comes out, in order. */
  enqueue(key: object, capacity: number, by: TaskRecord | undefined): void;
  dequeue(key: object, by: TaskRecord | undefined): void;
  /** Two tasks meet: what each did before happens before what the other does after. */
  meet(one: TaskRecord | undefined, other: TaskRecord | undefined): void;
  fork(parent: TaskRecord | undefined, child: TaskRecord): void;
}

export let probe: TaskProbe | undefined;
export let ambient: Ambient | undefined;
export let syncObserver: SyncObserver | undefined;

export function setProbe(next: TaskProbe): void {
  probe = next;
}

export function setAmbient(next: Ambient | undefined): void {
  ambient = next;
}

export function setSyncObserver(next: SyncObserver | undefined): void {
  syncObserver = next;
}

/** Runs code whose awaits are the kernel's own business and order nothing for its caller. */
export function unobserved(fn: () => void): void {
  const observer = syncObserver;
  syncObserver = undefined;
  try {
    fn();
  } finally {
    syncObserver = observer;
  }
}

// The task whose body is in its first synchronous part. Enough to know who waits first, without an ambient.
let starting: ContextNode | undefined;

/** Calls a body such that what it does can be known to be its own. */
export function runAs<T>(context: ContextNode, fn: () => T): T {
  const before = starting;
  starting = context;
  try {
    return ambient === undefined ? fn() : ambient.run(context, fn);
  } finally {
    starting = before;
  }
}

/** The context of the task that is running now, where that can be known. */
export function currentContext(): ContextNode | undefined {
  return ambient?.get() ?? starting;
}

export function currentRecord(): TaskRecord | undefined {
  return currentContext()?.record;
}
