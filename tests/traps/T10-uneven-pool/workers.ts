import { type Context, sleep } from "@barrage/kernel";

export const JOBS = 30;
export const IN_TIME_MS = 60;

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
  requeued(worker: string): void;
}

export const noGauges: PoolGauges = {
  given: () => undefined,
  done: () => undefined,
  requeued: () => undefined,
};
