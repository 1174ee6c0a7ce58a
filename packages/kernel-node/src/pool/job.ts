import type { Context } from "@barrage/kernel";
import type { Member } from "./member.ts";

/** One call of `run`, from the queue to its answer. It settles once. */
export class Job<I, O> {
  readonly input: I;
  readonly ctx: Context;
  readonly task: string | undefined;
  readonly idempotent: boolean;
  readonly promise: Promise<O>;
  /** Who does it now; undefined while it waits. */
  member: Member<I, O> | undefined = undefined;
  /** Workers it was given to, a count. */
  attempts = 0;
  settled = false;
  private listening: Disposable | undefined = undefined;
  private waiting: Disposable | undefined = undefined;
  private readonly give: (value: O) => void;
  private readonly fail: (error: unknown) => void;

  constructor(input: I, ctx: Context, task: string | undefined, idempotent: boolean) {
    this.input = input;
    this.ctx = ctx;
    this.task = task;
    this.idempotent = idempotent;
    const { promise, resolve, reject } = Promise.withResolvers<O>();
    this.promise = promise;
    this.give = resolve;
    this.fail = reject;
  }

  listen(onCancel: (job: Job<I, O>) => void): void {
    this.listening = this.ctx.onCancel(() => onCancel(this));
  }

  /** The note, in the registry of tasks, of the one who waits for the answer. */
  noted(waiting: Disposable): void {
    this.waiting = waiting;
  }

  resolve(value: O): void {
    if (this.leave()) this.give(value);
  }

  reject(error: unknown): void {
    if (this.leave()) this.fail(error);
  }

  private leave(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.listening?.[Symbol.dispose]();
    this.waiting?.[Symbol.dispose]();
    this.listening = this.waiting = undefined;
    return true;
  }
}
