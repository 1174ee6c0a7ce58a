import type { Context } from "../context/context.ts";
import { InvalidArgumentError, KernelError } from "../errors.ts";
import { reportFailure } from "../task/failures.ts";
import { go } from "../task/go.ts";
import { currentRecord, syncObserver, unobserved } from "../task/probe.ts";
import type { Body, Scope } from "../task/scope.ts";
import { recordOf, type Task } from "../task/task.ts";
import { Waiters } from "../waiters.ts";

/**
 * Counts what is under way and lets others wait until nothing is.
 *
 * Shape      may be used again once every wait of the round before has returned.
 * Errors     KERNEL_WAIT_GROUP_NEGATIVE for more `done` than `add`, KERNEL_WAIT_GROUP_REUSED for an `add` after the
 *            count reached zero and before those who waited have returned; both leave the count as it was.
 */
export class WaitGroup {
  readonly name: string;
  private left = 0;
  private returning = 0;
  private readonly waiters = new Waiters<void>();

  constructor(options: { readonly name?: string } = {}) {
    this.name = options.name ?? "wait group";
  }

  /** How much is under way. */
  get count(): number {
    return this.left;
  }

  add(delta = 1): void {
    if (!Number.isSafeInteger(delta)) throw new InvalidArgumentError("delta", "a whole number", delta);
    const left = this.left + delta;
    if (left < 0) throw new KernelError("KERNEL_WAIT_GROUP_NEGATIVE", { name: this.name });
    if (delta > 0) this.refuseReuse();
    this.left = left;
    if (delta < 0) syncObserver?.release(this, currentRecord());
    if (left === 0 && this.waiters.count > 0) {
      this.returning += this.waiters.count;
      this.waiters.resolve();
    }
  }

  done(): void {
    this.add(-1);
  }

  /**
   * Counts a task from now to its end, however it ends. Without an owner it belongs to the application. Its failure
   * goes to its scope as any other does; `wait` does not throw it.
   */
  go<T>(body: Body<T>, options: { readonly scope?: Scope; readonly name?: string } = {}): Task<T> {
    const { scope } = options;
    this.refuseReuse();
    const name = options.name ?? (body.name || this.name);
    const task = scope === undefined ? go(body, { name }) : scope.spawn(body, { name });
    this.left += 1;
    const done = (): void => {
      syncObserver?.release(this, recordOf(task));
      unobserved(() => this.done());
    };
    // It throws only when somebody else has called `done` for this task.
    unobserved(() => {
      task.then(done, done).catch((error: unknown) => reportFailure(error, this.name));
    });
    return task;
  }

  /** Waits until nothing is under way. */
  async wait(ctx?: Context): Promise<void> {
    const by = syncObserver === undefined ? undefined : currentRecord();
    if (this.left === 0) ctx?.throwIfCancelled();
    else {
      await this.waiters.wait(ctx, "wait", this.name);
      this.returning -= 1;
    }
    syncObserver?.acquire(this, by);
  }

  private refuseReuse(): void {
    if (this.returning > 0) throw new KernelError("KERNEL_WAIT_GROUP_REUSED", { name: this.name });
  }
}
