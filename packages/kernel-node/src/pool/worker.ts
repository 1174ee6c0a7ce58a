import type { Context } from "@barrage/kernel";

/** Where a pool's jobs are done: a thread, or this thread. */
export interface PoolWorker<I, O> {
  /** Has it ended, whoever ended it? Then what it still had is rejected. */
  readonly dead: boolean;
  /** Has it started? One that has not takes jobs too, and does them then. */
  readonly ready: boolean;
  /** Is ending the worker the only way to stop a job of it that runs? */
  readonly endsToStop: boolean;
  perform(input: I, ctx: Context, task: string | undefined): Promise<O>;
  /** Utilisation since it was last asked, 0 to 1, when it had jobs during `busyShare` of that span. */
  utilization(busyShare: number): number;
  /** Ends it and waits for its end; safe to call again. */
  stop(): Promise<void>;
}

/** What a worker tells its pool: that it has started, and that it ended without having been stopped; each once. */
export interface WorkerEvents {
  readonly onReady: () => void;
  readonly onDeath: () => void;
}
