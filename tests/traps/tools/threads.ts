import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { sharedShadow, type WatchedView, watchShared } from "@barrage/kernel-node/race";
import { callerLine } from "./program.ts";

/** Numbers that threads share. `get` and `set` are plain, the others those of Atomics. */
export type SharedNumbers = Pick<WatchedView, "get" | "set" | "add" | "compareExchange">;

/** What a thread is started with. */
export interface ThreadData {
  readonly thread: number;
  readonly memory: SharedArrayBuffer;
  /** Where threads meet, so that they run at the same time. */
  readonly gate: SharedArrayBuffer;
  readonly times: number;
  readonly shadow: SharedArrayBuffer | undefined;
}

/** What a thread has to say of itself: its result, and the line of its last plain write. */
export interface ThreadResult {
  readonly value: number;
  readonly line: number;
}

export interface ThreadsRun {
  readonly results: readonly ThreadResult[];
  readonly memory: Int32Array;
  /** Races between the threads, where they ran under watch. */
  readonly races: number;
}

export interface ThreadsOptions {
  readonly times: number;
  readonly watched: boolean;
}

const THREADS = 2;
const WORDS = 8;
const PAUSE_MS = 5;

/** Runs a file in two threads that share some numbers. */
export async function inThreads(file: string, { times, watched }: ThreadsOptions): Promise<ThreadsRun> {
  const memory = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  const gate = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
  const shadow = watched ? sharedShadow(memory, { threads: THREADS }) : undefined;
  const threads = Array.from({ length: THREADS }, async (_, thread) => {
    const workerData: ThreadData = { thread, memory: memory.buffer, gate, times, shadow };
    const worker = new Worker(file, { workerData });
    const [result] = (await once(worker, "message")) as [ThreadResult];
    return result;
  });
  const results = await Promise.all(threads);
  const races = shadow === undefined ? 0 : watchShared(memory, shadow, 0).races.length;
  return { results, memory, races };
}

/** The numbers as a thread sees them, and the line of `file` that wrote plainly last. */
export class ThreadNumbers implements SharedNumbers {
  line = 0;
  readonly #view: Int32Array;
  readonly #watched: WatchedView | undefined;
  readonly #file: string;

  constructor({ memory, shadow, thread }: ThreadData, file: string) {
    this.#view = new Int32Array(memory);
    this.#watched = shadow === undefined ? undefined : watchShared(this.#view, shadow, thread);
    this.#file = file;
  }

  get(index: number): number {
    return this.#watched?.get(index) ?? this.#view[index] ?? 0;
  }

  set(index: number, value: number): void {
    if (this.#watched === undefined) {
      this.#view[index] = value;
      return;
    }
    this.line = callerLine(this.#file);
    this.#watched.set(index, value);
  }

  add(index: number, value: number): number {
    return this.#watched?.add(index, value) ?? Atomics.add(this.#view, index, value);
  }

  compareExchange(index: number, expected: number, value: number): number {
    const watched = this.#watched?.compareExchange(index, expected, value);
    return watched ?? Atomics.compareExchange(this.#view, index, expected, value);
  }
}

/** Waits until both threads are at the gate; each gate is passed once. */
export function meet({ gate }: ThreadData, index: number): void {
  const gates = new Int32Array(gate);
  Atomics.add(gates, index, 1);
  Atomics.notify(gates, index);
  for (let here = Atomics.load(gates, index); here < THREADS; here = Atomics.load(gates, index)) {
    Atomics.wait(gates, index, here, PAUSE_MS);
  }
}
