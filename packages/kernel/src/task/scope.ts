import type { Context } from "../context/context.ts";
import { type ContextNode, nodeOf } from "../context/context-node.ts";
import { background } from "../context/root.ts";
import { asyncDispose } from "../dispose.ts";
import { InvalidArgumentError, KernelError } from "../errors.ts";
import { CollectedFailures } from "./collected-failures.ts";
import { reportFailure } from "./failures.ts";
import { endsCancelled } from "./outcome.ts";
import { currentRecord, probe, runAs, syncObserver } from "./probe.ts";
import { QueuedStart } from "./queued-start.ts";
import { type Failure, Releases } from "./releases.ts";
import { type Outcome, OwnedTask, type Task } from "./task.ts";
import { type TaskOwner, TaskRecord } from "./task-record.ts";

/** What a task does. `ctx` is its own, cancelled with the scope or by the task's `cancel`; `scope` is its owner. */
export type Body<T> = (ctx: Context, scope: Scope) => T | PromiseLike<T>;

export interface SpawnOptions {
  readonly name?: string;
}

/**
 * `timeout` in ms. `limit` is how many tasks run at once, `queue` how many more may wait for a slot.
 * `onError`: `cancel` the siblings at the first failure; `collect` all failures for `join`; or `report` each at
 * once to `onTaskFailure`, for scopes that live as long as the process.
 */
export interface ScopeOptions {
  readonly name?: string;
  readonly timeout?: number;
  readonly limit?: number;
  readonly queue?: number;
  readonly onError?: "cancel" | "collect" | "report";
}

// Tasks that may wait for a slot of `limit` unless `queue` says otherwise (a count). At some 300 bytes each this is
// 30 MB, beyond which a list is better walked than spawned.
const QUEUED_TASKS = 100_000;

const STARTED: Promise<void> = Promise.resolve();

/**
 * For the nursery form: the body has ended, with this failure if it had one. Waits for the tasks, releases, ends
 * the scope, and throws what there is to throw.
 */
export let finishScope: (scope: Scope, body: Failure | undefined) => Promise<void>;

/**
 * Owns tasks and resources: nothing started in it outlives it.
 *
 * Shape      one owner; `await using`, or `scope()` for the form that also sees the body's error.
 * Bounds     at most `limit` tasks run; at most `queue` wait for a slot.
 * Cost       spawn and end of a task O(1).
 * Errors     KERNEL_SCOPE_CLOSED after its end, KERNEL_SCOPE_FULL when the queue is full; `join` throws the first
 *            failure, or an AggregateError of all when there are several.
 */
export class Scope implements AsyncDisposable {
  readonly name: string;
  private readonly node: ContextNode;
  private readonly owner: TaskOwner;
  private readonly limit: number;
  private readonly queue: number;
  private readonly onError: "cancel" | "collect" | "report";
  private readonly releases = new Releases();
  private readonly queued = new Set<QueuedStart>();
  private readonly failures = new CollectedFailures();
  private live = 0;
  private running = 0;
  private ended = false;
  private stopped = false;
  private interrupted = false;
  private idle: PromiseWithResolvers<void> | undefined = undefined;
  private ending: Promise<void> | undefined = undefined;

  static {
    finishScope = (scope, body) => scope.finish(body);
  }

  constructor(parent: Context = background, options: ScopeOptions = {}) {
    this.name = options.name ?? "scope";
    this.limit = count("limit", options.limit ?? Infinity, 1);
    this.queue = count("queue", options.queue ?? QUEUED_TASKS, 0);
    this.onError = options.onError ?? "cancel";
    const { timeout } = options;
    const { name } = this;
    this.node = nodeOf(parent).cancellable(timeout === undefined ? { name } : { name, timeout });
    this.owner = { name, parent: this.node.record?.id, clock: this.node.clock, trace: undefined };
  }

  /** Has it ended? Then it takes nothing more. */
  get closed(): boolean {
    return this.ended;
  }

  get context(): Context {
    return this.node;
  }

  /** Starts a task; its body runs after `spawn` has returned. */
  spawn<T>(body: Body<T>, options?: SpawnOptions): Task<T> {
    if (this.ended) throw new KernelError("KERNEL_SCOPE_CLOSED", { name: this.name });
    const waits = this.running >= this.limit;
    if (waits && this.queued.size >= this.queue) {
      throw new KernelError("KERNEL_SCOPE_FULL", { name: this.name, queued: this.queued.size });
    }
    const name = options?.name ?? (body.name || "task");
    const context = this.node.derive(name);
    const record = new TaskRecord(name, this.owner);
    context.serve(record);
    probe?.started(record, context);
    syncObserver?.fork(currentRecord(), record);
    const task = new OwnedTask<T>(context);
    this.live += 1;
    if (waits) this.line(task, body);
    else this.start(task, body);
    return task;
  }

  /** Runs `release` at the end, after all tasks; the last one deferred runs first. */
  defer(release: () => void | PromiseLike<void>): void {
    if (this.ended) throw new KernelError("KERNEL_SCOPE_CLOSED", { name: this.name });
    this.releases.defer(release);
  }

  /** Disposes the resource at the end, in the same order as `defer`; null and undefined need no end. */
  use<R extends Disposable | AsyncDisposable | null | undefined>(resource: R): R {
    if (this.ended) throw new KernelError("KERNEL_SCOPE_CLOSED", { name: this.name });
    if (resource != null) this.releases.use(resource);
    return resource;
  }

  /** Gives the value to `release` at the end, for what cannot dispose itself. */
  adopt<R>(value: R, release: (value: R) => void | PromiseLike<void>): R {
    this.defer(() => release(value));
    return value;
  }

  /** Waits for all tasks and throws what failed since the last join. The scope stays open. */
  async join(): Promise<void> {
    await this.untilIdle();
    const failure = this.takeFailure();
    if (failure !== undefined) throw failure.error;
  }

  /** Cancels every task; tasks that end because of it count as stopped on purpose. */
  cancel(cause?: unknown): void {
    if (!this.node.cancelled) this.stopped = true;
    this.node.cancel(cause);
  }

  /** Cancels what is left, waits for it, and runs the releases. Failures nobody joined are reported. */
  [asyncDispose](): Promise<void> {
    return (this.ending ??= this.stop());
  }

  private async finish(body: Failure | undefined): Promise<void> {
    if (body !== undefined) this.bodyFailed(body.error);
    await this.untilIdle();
    this.ended = true;
    let failure = this.takeFailure();
    if (failure === undefined && body !== undefined) failure = body;
    failure = await this.releases.run(failure);
    this.node.cancel();
    if (failure !== undefined) throw failure.error;
  }

  private async stop(): Promise<void> {
    this.cancel();
    await this.untilIdle();
    if (this.ended) return;
    this.ended = true;
    this.failures.report(this.name);
    const failure = await this.releases.run(undefined);
    if (failure !== undefined) throw failure.error;
  }

  private bodyFailed(error: unknown): void {
    if (endsCancelled(error, this.node)) return;
    this.failures.add(error, this.name);
    this.node.cancel(error);
  }

  private async untilIdle(): Promise<void> {
    const by = syncObserver === undefined ? undefined : currentRecord();
    while (this.live > 0) await (this.idle ??= Promise.withResolvers<void>()).promise;
    syncObserver?.acquire(this, by);
  }

  private takeFailure(): Failure | undefined {
    const { interrupted } = this;
    this.interrupted = false;
    return this.failures.take(this.name) ?? (interrupted ? { error: this.node.cancelError } : undefined);
  }

  private line<T>(task: OwnedTask<T>, body: Body<T>): void {
    const entry = new QueuedStart(
      () => {
        task.unpark();
        this.start(task, body);
      },
      (self) => {
        this.queued.delete(self);
        task.unpark();
        this.cancelled(task, task.context.cancelError);
        this.left();
      },
    );
    this.queued.add(entry);
    task.park("slot of", this.name);
    if (!task.context.listen(entry)) entry.onCancelled();
  }

  private start<T>(task: OwnedTask<T>, body: Body<T>): void {
    this.running += 1;
    // oxlint-disable-next-line barrage/task-without-owner -- the runner itself: it keeps every failure and never rejects
    void STARTED.then(() => this.run(task, body));
  }

  /**
   * Calls the body and sees to its end. By callbacks and not as an async function, which would keep a frame, a
   * promise and the registers of both waits for as long as the task lives.
   */
  private run<T>(task: OwnedTask<T>, body: Body<T>): void {
    const pulse = probe?.running(task.record);
    let given: T | PromiseLike<T>;
    try {
      given =
        pulse === undefined ? body(task.context, this) : runAs(task.context, () => body(task.context, this));
    } catch (error) {
      this.bodyEnded(task, pulse, { error });
      return;
    }
    if (mayWait(given)) this.follow(task, pulse, given);
    else this.bodyEnded(task, pulse, { value: given });
  }

  private follow<T>(task: OwnedTask<T>, pulse: object | undefined, given: PromiseLike<T>): void {
    const onValue = (value: T): void => this.bodyEnded(task, pulse, { value });
    const onError = (error: unknown): void => this.bodyEnded(task, pulse, { error });
    void Promise.resolve(given).then(onValue, onError);
  }

  private bodyEnded<T>(task: OwnedTask<T>, pulse: object | undefined, outcome: Outcome<T>): void {
    if (!("error" in outcome)) task.end("done", outcome);
    else if (endsCancelled(outcome.error, task.context)) this.cancelled(task, outcome.error);
    else {
      this.failed(outcome.error, task.name);
      task.end("failed", outcome);
      if (this.onError === "cancel") this.node.cancel(outcome.error);
    }
    this.running -= 1;
    if (pulse !== undefined) settled(task.record, this, pulse);
    this.left();
    this.startNext();
  }

  private cancelled<T>(task: OwnedTask<T>, error: unknown): void {
    if (this.node.cancelled && !this.stopped) this.interrupted = true;
    task.end("cancelled", { error });
  }

  private startNext(): void {
    if (this.queued.size === 0 || this.running >= this.limit) return;
    for (const entry of this.queued) {
      this.queued.delete(entry);
      entry.upstream?.unlink(entry);
      entry.start();
      return;
    }
  }

  private left(): void {
    this.live -= 1;
    if (this.live > 0) return;
    this.idle?.resolve();
    this.idle = undefined;
  }

  private failed(error: unknown, name: string): void {
    if (this.onError === "report") reportFailure(error, name);
    else this.failures.add(error, name);
  }
}

/** Could there be something to wait for in it? A body that gives a number or nothing ends at once. */
function mayWait<T>(given: T | PromiseLike<T>): given is PromiseLike<T> {
  return (typeof given === "object" && given !== null) || typeof given === "function";
}

/** The task's body has ended; held until here, `pulse` is what proves that it could still go on. */
function settled(record: TaskRecord, scope: Scope, pulse: object): void {
  probe?.settled(pulse);
  syncObserver?.release(scope, record);
  syncObserver?.release(record, record);
}

function count(name: string, value: number, least: number): number {
  if ((Number.isSafeInteger(value) && value >= least) || value === Infinity) return value;
  throw new InvalidArgumentError(name, `a whole number of ${least} or more`, value);
}
