import { asyncDispose, type Context, rootContext, Scope, Ticker } from "@barrage/kernel";
import { idleClock, noteWait } from "@barrage/kernel/diagnostics";
import { KernelNodeError } from "../errors.ts";
import { type PoolFunction } from "./function-slot.ts";
import { healthWeight } from "./health.ts";
import { Job } from "./job.ts";
import { JobQueue } from "./job-queue.ts";
import type { Member } from "./member.ts";
import {
  type PoolOptions,
  type PoolSettings,
  poolSettings,
  type PoolStats,
  type RunOptions,
} from "./options.ts";
import { decideScale, initialScale, type ScaleState } from "./scale.ts";
import { Staff } from "./staff.ts";

/**
 * Workers that do jobs: threads that load a file, or places in this thread for a function.
 *
 * Shape      jobs start in the order they came, on the worker whose health has earned it; answers come in any order.
 *            Each thread is a Piscina of one, because dispatch by health needs the choice to be ours (ADR 0006).
 * Units      ms; counts of jobs and workers.
 * Bounds     `min` to `max` workers (PL-10), `queueLimit` waiting jobs (PL-6), `depth` jobs a worker; after disposal no
 *            thread, task or timer is left (PL-8). An idle pool keeps no process alive.
 * Errors     what the worker threw, as it is; KERNEL_POOL_FULL and KERNEL_POOL_CLOSED before a job is taken;
 *            KERNEL_POOL_JOB_LOST and KERNEL_POOL_JOB_GIVEN_UP when workers died with it; the context's cancel error.
 */
export class Pool<I, O> implements AsyncDisposable {
  readonly name: string;
  private readonly settings: PoolSettings;
  private readonly idempotent: (job: I) => boolean;
  private readonly scope: Scope;
  private readonly staff: Staff<I, O>;
  private readonly queue: JobQueue<Job<I, O>>;
  private readonly cancellation: Disposable;
  private scaling: ScaleState;
  private running = 0;
  private requeued = 0;
  private lost = 0;
  private refused = 0;
  private closed = false;
  private drained: PromiseWithResolvers<void> | undefined = undefined;
  private ending: Promise<void> | undefined = undefined;

  constructor(worker: URL | PoolFunction<I, O>, options: PoolOptions<I>) {
    const { idempotent = false } = options;
    this.settings = poolSettings(options);
    this.name = options.name ?? "pool";
    this.idempotent = typeof idempotent === "function" ? idempotent : () => idempotent;
    this.queue = new JobQueue(this.settings.queueLimit);
    this.scope = new Scope(options.context, {
      name: this.name,
      onError: "report",
    });
    this.staff = new Staff<I, O>(worker, {
      scope: this.scope,
      name: this.name,
      depth: this.settings.depth,
      weigh: options.health ?? healthWeight,
      needed: () => !this.scope.context.cancelled && (!this.closed || this.running + this.queue.length > 0),
      onReady: () => this.dispatch(),
    });
    this.scaling = initialScale(this.settings.policy);
    while (this.staff.size < this.settings.policy.min) this.staff.hire();
    this.cancellation = this.scope.context.onCancel(() => this.cancelAll());
    // Readings of an idle pool must not keep the process alive; all other waits are for something.
    const beat = options.context ?? rootContext({ clock: idleClock, name: this.name });
    this.scope.spawn((ctx) => this.watch(ctx, beat), { name: "scaling" });
  }

  /** Does one job. Cancelling `ctx` ends the wait at once and the job as soon as it can be ended. */
  async run(input: I, ctx: Context = this.scope.context, options: RunOptions = {}): Promise<O> {
    ctx.throwIfCancelled();
    if (this.closed) throw new KernelNodeError("KERNEL_POOL_CLOSED", { name: this.name });
    const job = new Job<I, O>(input, ctx, options.task, options.idempotent ?? this.idempotent(input));
    const member = this.queue.length === 0 ? this.staff.choose() : undefined;
    if (member === undefined && !this.queue.push(job)) {
      this.refused += 1;
      throw new KernelNodeError("KERNEL_POOL_FULL", { name: this.name, queued: this.queue.length });
    }
    // The pool's own context is of the task that made it, and not of the one that calls.
    job.noted(noteWait("job of", this.name, ctx === this.scope.context ? undefined : ctx));
    // Its own cancellation is told to all jobs at once.
    if (ctx !== this.scope.context) job.listen(this.onCancelled);
    if (member === undefined) this.scale();
    else this.assign(job, member);
    return job.promise;
  }

  get stats(): PoolStats {
    const { running, requeued, lost, refused, staff, queue } = this;
    const { size: workers, respawned } = staff;
    const health = [...staff].map((member) => member.health.stats);
    return { workers, queued: queue.length, running, respawned, requeued, lost, refused, health };
  }

  /** Takes no more jobs, waits for those it has, and ends the workers. */
  [asyncDispose](): Promise<void> {
    this.closed = true;
    return (this.ending ??= this.end());
  }

  private async end(): Promise<void> {
    using _ = noteWait("end of", this.name);
    while (this.running + this.queue.length > 0) {
      await (this.drained ??= Promise.withResolvers<void>()).promise;
    }
    this.cancellation[Symbol.dispose]();
    // The scaling task first: to it, a staff that is leaving is one that is too small.
    await this.scope[asyncDispose]();
    await this.staff.dismissAll();
  }

  private dispatch(): void {
    while (this.queue.length > 0) {
      const member = this.staff.choose();
      if (member === undefined) return;
      const job = this.queue.shift();
      if (job !== undefined) this.assign(job, member);
    }
  }

  private assign(job: Job<I, O>, member: Member<I, O>): void {
    // The wait for a thread's start says nothing of its health.
    const started = member.worker.ready ? this.scope.context.clock.now() : undefined;
    job.attempts += 1;
    job.member = member;
    this.running += 1;
    member.begin(job, this.scope.context.clock.now());
    void member.worker.perform(job.input, job.ctx, job.task).then(
      (value) => {
        this.answered(job, member, started, false);
        job.resolve(value);
        this.next();
      },
      (error: unknown) => {
        if (member.worker.dead) this.bereaved(job, member, error);
        else {
          this.answered(job, member, started, true);
          job.reject(error);
        }
        this.next();
      },
    );
  }

  private answered(job: Job<I, O>, member: Member<I, O>, started: number | undefined, failed: boolean): void {
    const now = this.scope.context.clock.now();
    this.running -= 1;
    member.proved = true;
    // What a cancelled job does at its end says nothing of the worker's health.
    if (job.settled || started === undefined) member.end(job, now);
    else member.end(job, now, { ms: now - started, failed });
  }

  /** Its worker has died: another one takes it over, if it may be done twice and has not killed too many. */
  private bereaved(job: Job<I, O>, member: Member<I, O>, cause: unknown): void {
    this.running -= 1;
    member.end(job, this.scope.context.clock.now());
    job.member = undefined;
    if (job.settled) return;
    if (job.idempotent && job.attempts <= this.settings.retry) {
      this.requeued += 1;
      this.queue.putBack(job);
      return;
    }
    this.lost += 1;
    const { name } = this;
    job.reject(
      job.idempotent
        ? new KernelNodeError("KERNEL_POOL_JOB_GIVEN_UP", { name, attempts: job.attempts }, { cause })
        : new KernelNodeError("KERNEL_POOL_JOB_LOST", { name }, { cause }),
    );
  }

  private next(): void {
    this.dispatch();
    if (this.running + this.queue.length > 0) return;
    this.drained?.resolve();
    this.drained = undefined;
  }

  private readonly onCancelled = (job: Job<I, O>): void => {
    const { member } = job;
    job.reject(cancelError(job.ctx));
    if (member === undefined) {
      this.queue.delete(job);
      this.next();
    } else this.staff.interrupt(member);
  };

  private cancelAll(): void {
    this.closed = true;
    const error = cancelError(this.scope.context);
    for (const job of this.queue) {
      this.queue.delete(job);
      job.reject(error);
    }
    for (const { jobs } of this.staff) for (const job of jobs) job.reject(error);
    this.staff.interruptAll();
    this.next();
  }

  private async watch(ctx: Context, beat: Context): Promise<void> {
    using ticker = new Ticker(this.settings.everyMs, beat);
    using _ = ctx.onCancel(() => ticker[Symbol.dispose]());
    for (let tick = await ticker.next(); tick.done !== true; tick = await ticker.next()) {
      this.staff.read();
      this.scale();
    }
  }

  private scale(): void {
    const { staff, queue, scope } = this;
    const reading = {
      now: scope.context.clock.now(),
      workers: staff.size,
      queued: queue.length,
      utilization: staff.utilization,
    };
    const { action, state } = decideScale(this.settings.policy, this.scaling, reading);
    if (action === "grow") {
      this.scaling = state;
      staff.hire();
      this.dispatch();
    } else if (action === "stay" || staff.dismissOne()) this.scaling = state;
  }
}

function cancelError(ctx: Context): unknown {
  try {
    ctx.throwIfCancelled();
  } catch (error) {
    return error;
  }
  return undefined;
}
