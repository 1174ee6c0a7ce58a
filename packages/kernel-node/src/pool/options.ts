import { type Context, InvalidArgumentError } from "@barrage/kernel";
import type { WorkerStats } from "./health.ts";
import type { ScalePolicy } from "./scale.ts";

/** What asks for more workers, and how fast they come and go. */
export interface PoolScale {
  /** More waiting jobs than this (a count) ask for a worker. */
  readonly queue?: number;
  /** A mean utilisation of the workers' event loops above this (0 to 1) asks for a worker. */
  readonly cpu?: number;
  /** Span between two readings of the workers' health, ms. */
  readonly everyMs?: number;
  /** Shortest span between two workers that are added, ms. */
  readonly growEveryMs?: number;
  /** How long there has to be too little to do before a worker goes, ms; each oscillation doubles it. */
  readonly idleMs?: number;
}

export interface PoolOptions<I> {
  /** For messages and the task profile. */
  readonly name?: string;
  /** Workers that are always there, and workers there are at most (counts). */
  readonly min: number;
  readonly max: number;
  readonly scale?: PoolScale;
  /** How large a share of the jobs a worker should get, against the others' numbers. */
  readonly health?: (worker: WorkerStats) => number;
  /** How often a job is given to another worker after one died with it (a count). */
  readonly retry?: number;
  /** May this job be done twice? Only then is it taken over when its worker dies. */
  readonly idempotent?: boolean | ((job: I) => boolean);
  /** Jobs that wait for a worker (a count); one more is refused. */
  readonly queueLimit?: number;
  /** Jobs that one worker has at a time (a count). */
  readonly depth?: number;
  /** Whose clock is used; its cancellation cancels every job. The application's context when absent. */
  readonly context?: Context;
}

/** What one call of `run` may say beyond its job. */
export interface RunOptions {
  /** The name of the function that the worker's file exports, its default one when absent; in-process: the task's. */
  readonly task?: string;
  /** Over what the pool's options say. */
  readonly idempotent?: boolean;
}

export interface PoolStats {
  readonly workers: number;
  readonly queued: number;
  readonly running: number;
  /** Workers that died and were replaced, jobs that others took over, jobs that were lost with a worker (counts). */
  readonly respawned: number;
  readonly requeued: number;
  readonly lost: number;
  /** Jobs refused because the queue was full (a count). */
  readonly refused: number;
  readonly health: readonly WorkerStats[];
}

// Two waiting jobs are a coincidence, more than that a rise.
const QUEUE = 2;

// Of a worker's time; the rest is what absorbs a peak.
const CPU = 0.8;

// A tenth of a second is what KERNEL goal 14 allows from a deep queue to one more worker.
const EVERY_MS = 100;
const GROW_EVERY_MS = 50;

// A thread costs some 50 ms of CPU to start again; it is kept a hundred times as long.
const IDLE_MS = 5_000;

// Workers that a job may take down with it, beyond the first: a job that kills is told from bad luck by the third.
const RETRY = 3;

// Jobs of some 100 bytes each; at a millisecond a job and two workers the last one waits five seconds.
const QUEUE_LIMIT = 10_000;

/** The options of a pool with their defaults, checked. */
export interface PoolSettings {
  readonly policy: ScalePolicy;
  readonly everyMs: number;
  readonly retry: number;
  readonly queueLimit: number;
  readonly depth: number;
}

/** Errors     InvalidArgumentError for what is out of its range. */
export function poolSettings<I>(options: PoolOptions<I>): PoolSettings {
  const { min, max, scale = {} } = options;
  return {
    policy: {
      min: wholeNumber("min", min, 0),
      max: wholeNumber("max", max, Math.max(1, min)),
      queue: wholeNumber("scale.queue", scale.queue ?? QUEUE, 0),
      cpu: above("scale.cpu", scale.cpu ?? CPU),
      growEveryMs: above("scale.growEveryMs", scale.growEveryMs ?? GROW_EVERY_MS),
      idleMs: above("scale.idleMs", scale.idleMs ?? IDLE_MS),
    },
    everyMs: above("scale.everyMs", scale.everyMs ?? EVERY_MS),
    retry: wholeNumber("retry", options.retry ?? RETRY, 0),
    // Without a worker a job has to wait for the first one.
    queueLimit: wholeNumber("queueLimit", options.queueLimit ?? QUEUE_LIMIT, min === 0 ? 1 : 0),
    depth: wholeNumber("depth", options.depth ?? 1, 1),
  };
}

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(name, `a whole number of ${least} or more`, value);
}

function above(name: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError(name, "a finite number above 0", value);
}
