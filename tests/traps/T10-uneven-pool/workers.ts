import { type Context, sleep } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

export const JOBS = 30;

/** How a worker of the pool fares: ms a job takes, and before which of its jobs it dies. */
export interface WorkerKind {
  readonly name: string;
  readonly ms: number;
  readonly diesBefore?: number;
}

export const WORKERS = [
  { name: "good", ms: 2 },
  { name: "mortal", ms: 2, diesBefore: 3 },
  { name: "slow", ms: 20 },
] as const satisfies readonly WorkerKind[];

/** A worker that dies does so once; the one that takes its place is well. */
export class Worker {
  readonly name: string;
  readonly #kind: WorkerKind;
  #taken = 0;

  constructor(kind: WorkerKind) {
    this.#kind = kind;
    this.name = kind.name;
  }

  async work(ctx: Context): Promise<void> {
    this.#taken += 1;
    if (this.#taken === this.#kind.diesBefore) throw new Error(`${this.name} died`);
    await sleep(this.#kind.ms, ctx);
  }
}

/** Gauges of a pool. The default notes nothing. */
export interface PoolGauges {
  given(worker: string): void;
  done(worker: string): void;
}

export const noGauges: PoolGauges = {
  given: () => undefined,
  done: () => undefined,
};

/** What came of the jobs, by the worker that did each. */
export function measured(doneBy: readonly string[]): readonly Measured[] {
  const slow = doneBy.filter((worker) => worker === "slow").length;
  const share = slow < JOBS / WORKERS.length ? "less than its turn" : "every third job";
  return [
    { what: "jobs done", meant: JOBS, got: doneBy.length },
    { what: "the slow worker gets", meant: "less than its turn", got: share },
  ];
}
