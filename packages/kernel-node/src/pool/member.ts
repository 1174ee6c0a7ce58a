import type { Candidate } from "./balance.ts";
import type { WorkerHealth, WorkerStats } from "./health.ts";
import type { Job } from "./job.ts";
import type { PoolWorker } from "./worker.ts";

/** A worker as its pool sees it: what it does, how it fares, and what share of the jobs that earns it. */
export class Member<I, O> implements Candidate {
  readonly health: WorkerHealth;
  readonly worker: PoolWorker<I, O>;
  readonly jobs = new Set<Job<I, O>>();
  weight = 1;
  credit = 0;
  /** Has it answered a job, well or not? */
  proved = false;
  private readonly depth: number;
  private readonly weigh: (stats: WorkerStats) => number;
  private busySince = 0;
  private busyMs = 0;
  private readAt: number;

  constructor(
    health: WorkerHealth,
    worker: PoolWorker<I, O>,
    options: { readonly depth: number; readonly weigh: (stats: WorkerStats) => number; readonly now: number },
  ) {
    this.health = health;
    this.worker = worker;
    this.depth = options.depth;
    this.weigh = options.weigh;
    this.readAt = options.now;
    this.reweigh();
  }

  get free(): boolean {
    return this.jobs.size < this.depth && !this.worker.dead;
  }

  begin(job: Job<I, O>, now: number): void {
    if (this.jobs.size === 0) this.busySince = now;
    this.jobs.add(job);
    this.health.busy = this.jobs.size;
    if (this.depth > 1) this.reweigh();
  }

  /** A job has left; `ms` is how long it took, absent when it was not this worker that ended it. */
  end(job: Job<I, O>, now: number, answered?: { readonly ms: number; readonly failed: boolean }): void {
    this.jobs.delete(job);
    this.health.busy = this.jobs.size;
    if (this.jobs.size === 0) this.busyMs += now - Math.max(this.busySince, this.readAt);
    if (answered !== undefined) this.health.record(answered.ms, answered.failed);
    this.reweigh();
  }

  /** Reads its utilisation since the last reading. */
  read(now: number): number {
    const span = now - this.readAt;
    if (span <= 0) return this.health.utilization;
    const running = this.jobs.size > 0 ? now - Math.max(this.busySince, this.readAt) : 0;
    const share = Math.min(1, (this.busyMs + running) / span);
    this.busyMs = 0;
    this.readAt = now;
    this.health.utilization = this.worker.utilization(share);
    this.reweigh();
    return this.health.utilization;
  }

  private reweigh(): void {
    let weight = 0;
    try {
      weight = this.weigh(this.health.stats);
    } catch {
      // It is the caller's function, called while a job's answer is on its way: the job must not be lost by it. One
      // that throws says as little of the worker as one that gives no number.
    }
    this.weight = weight > 0 && Number.isFinite(weight) ? weight : 0;
  }
}
