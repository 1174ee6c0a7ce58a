/** How one worker goes, as it said. */
export interface LoadSample {
  /** Work that waits in it: batches for fan-out, publishes for their answer. */
  readonly queue: number;
  /** CPU time as a share of one core. */
  readonly cpu: number;
}

interface Timed extends LoadSample {
  readonly at: number;
}

/** The reports of one window as the decision needs them. */
export interface WindowFigures {
  /** Mean over the workers of each one's mean. */
  readonly queue: number;
  readonly cpu: number;
  /** The largest mean queue of one worker. */
  readonly longestQueue: number;
  /** How long the window has been looked at since the number of workers last changed, ms; at most its length. */
  readonly coveredMs: number;
}

/**
 * The load reports of the last so many ms, by worker.
 *
 * Bounds     as many samples as workers send in one window; a worker that is forgotten leaves nothing behind.
 */
export class LoadWindow {
  private windowMs: number;
  private readonly samples = new Map<number, Timed[]>();
  private since: number;

  /** `now` is the moment from which it looks. */
  constructor(windowMs: number, now: number) {
    this.windowMs = windowMs;
    this.since = now;
  }

  add(worker: number, { queue, cpu }: LoadSample, at: number): void {
    const mine = this.samples.get(worker);
    const sample = { queue, cpu, at };
    if (mine === undefined) this.samples.set(worker, [sample]);
    else mine.push(sample);
  }

  forget(worker: number): void {
    this.samples.delete(worker);
  }

  /** What was said of another number of workers tells nothing of this one. */
  restart(now: number): void {
    this.samples.clear();
    this.since = now;
  }

  /** Looks over another length from now on; of what is before the old one nothing is known any more. */
  resize(windowMs: number, now: number): void {
    if (windowMs > this.windowMs) this.since = Math.max(this.since, now - this.windowMs);
    this.windowMs = windowMs;
  }

  figures(now: number): WindowFigures {
    let workers = 0;
    let [queue, cpu, longestQueue] = [0, 0, 0];
    for (const mine of this.samples.values()) {
      while (mine[0] !== undefined && mine[0].at <= now - this.windowMs) mine.shift();
      if (mine.length === 0) continue;
      const own = meanOf(mine);
      workers += 1;
      queue += own.queue;
      cpu += own.cpu;
      longestQueue = Math.max(longestQueue, own.queue);
    }
    const coveredMs = Math.min(this.windowMs, now - this.since);
    if (workers === 0) return { queue: 0, cpu: 0, longestQueue: 0, coveredMs };
    return { queue: queue / workers, cpu: cpu / workers, longestQueue, coveredMs };
  }
}

function meanOf(samples: readonly LoadSample[]): LoadSample {
  let [queue, cpu] = [0, 0];
  for (const sample of samples) {
    queue += sample.queue;
    cpu += sample.cpu;
  }
  return { queue: queue / samples.length, cpu: cpu / samples.length };
}
