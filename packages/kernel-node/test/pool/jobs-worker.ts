import { threadId } from "node:worker_threads";

/** Memory that a test shares with its workers: how often a job was begun, and whether it may end. */
export interface Shared {
  readonly begun: Int32Array;
  readonly gate: Int32Array;
}

export default function echo(job: unknown): unknown {
  return job;
}

export function whoami(): number {
  return threadId;
}

/** Waits at the gate, however long that takes, and keeps the thread busy meanwhile. */
export function hold({ begun, gate }: Shared): number {
  Atomics.add(begun, 0, 1);
  Atomics.wait(gate, 0, 0);
  return threadId;
}

/** Ends the thread the first time. */
export function exitOnce({ begun }: Shared): number {
  if (Atomics.add(begun, 0, 1) === 0) process.exit(1);
  return threadId;
}

/** Throws where nobody catches it, the first time. */
export async function crashOnce({ begun }: Shared): Promise<number> {
  if (Atomics.add(begun, 0, 1) > 0) return threadId;
  setImmediate(() => {
    throw new Error("nobody catches this");
  });
  return new Promise(() => undefined);
}

export function exitAlways({ begun }: Shared): never {
  Atomics.add(begun, 0, 1);
  process.exit(1);
}

export function fail(): never {
  throw new RangeError("the job says no");
}

/** Sleeps as the thread's own cell says; the first thread to come is the slow one. */
export function uneven({ begun, gate }: Shared): number {
  Atomics.compareExchange(begun, 0, 0, threadId);
  if (Atomics.load(begun, 0) === threadId) Atomics.wait(gate, 0, 0, 10);
  return threadId;
}
