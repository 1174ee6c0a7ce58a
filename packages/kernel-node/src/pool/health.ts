/** What is known of one worker's health. */
export interface WorkerStats {
  readonly id: number;
  /** Jobs it has now. */
  readonly busy: number;
  /** Jobs it has answered, well or not. */
  readonly done: number;
  /** Failed jobs among its last 128. */
  readonly errors: number;
  /** The 99th percentile of how long its last 128 jobs took, ms. */
  readonly p99: number;
  /** The moving mean of how long a job takes, the newest counting most, ms. */
  readonly ewma: number;
  /** Share of the last reading's span in which its event loop was at work for a job, 0 to 1. */
  readonly utilization: number;
}

// Jobs remembered (a count). A p99 needs about a hundred; more would only be slower to forgive.
const WINDOW = 128;

// Jobs between two sorts for the p99 (a count): one sort of the window costs some 5 us, spread over these.
const SORT_EVERY = 32;

// The newest job's share of the mean: about the last ten count.
const NEWEST = 0.2;

/** Measures one worker, job by job. */
export class WorkerHealth {
  busy = 0;
  done = 0;
  errors = 0;
  p99 = 0;
  ewma = 0;
  utilization = 0;
  readonly id: number;
  private readonly latencies = new Float64Array(WINDOW);
  private readonly failed = new Uint8Array(WINDOW);

  constructor(id: number) {
    this.id = id;
  }

  record(ms: number, failed: boolean): void {
    const slot = this.done % WINDOW;
    const mark = failed ? 1 : 0;
    this.errors += mark - (this.failed[slot] ?? 0);
    this.failed[slot] = mark;
    this.latencies[slot] = ms;
    this.ewma = this.done === 0 ? ms : this.ewma + NEWEST * (ms - this.ewma);
    this.done += 1;
    // Few jobs are sorted each time: there the largest matters, and the sort is short.
    if (this.done < SORT_EVERY) this.p99 = Math.max(this.p99, ms);
    else if (this.done % SORT_EVERY === 0) this.p99 = this.percentile();
  }

  private percentile(): number {
    const known = this.latencies.slice(0, Math.min(this.done, WINDOW)).sort();
    return known[Math.ceil(known.length * 0.99) - 1] ?? 0;
  }

  get stats(): WorkerStats {
    const { id, busy, done, errors, p99, ewma, utilization } = this;
    return { id, busy, done, errors, p99, ewma, utilization };
  }
}

// Latency that counts as none, ms: differences below a hand-over to a thread are noise.
const FLOOR_MS = 0.1;

// A failure weighs like this many jobs' latency: one that answers fast because it fails must not win by that.
const ERROR_COST = 2;

/**
 * How many of the next jobs a worker should get, in proportion to the others: the fewer jobs it has, the faster and the
 * more evenly it answers, the less it fails and the less its loop is loaded, the more.
 */
export function healthWeight(worker: Omit<WorkerStats, "id" | "done">): number {
  const { busy, errors, p99, ewma, utilization } = worker;
  const latency = FLOOR_MS + (ewma + p99) / 2;
  const load = 1 + Math.min(1, Math.max(0, utilization));
  return 1 / ((1 + busy) * latency * (1 + ERROR_COST * errors) * load);
}
