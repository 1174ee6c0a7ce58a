import { WORKERS, type WorkerKind } from "./workers.ts";

/** What the threads share: how many of them have begun, so that each finds out which kind it is. */
export interface PooledJob {
  readonly begun: Int32Array<SharedArrayBuffer>;
}

let kind: WorkerKind | undefined;
let taken = 0;

/** Does a job as its thread's kind does; the one in the place of a dead thread is well. */
export default function work({ begun }: PooledJob): string {
  kind ??= WORKERS[Atomics.add(begun, 0, 1)] ?? { name: "replacement", ms: 2 };
  taken += 1;
  if (taken === kind.diesBefore) process.exit(1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, kind.ms);
  return kind.name;
}
