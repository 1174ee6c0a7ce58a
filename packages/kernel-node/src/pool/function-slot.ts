import type { Context, Scope } from "@barrage/kernel";
import type { PoolWorker } from "./worker.ts";

/** What an in-process worker does with a job. */
export type PoolFunction<I, O> = (job: I, ctx: Context) => O | PromiseLike<O>;

type Outcome<O> = { readonly value: O } | { readonly error: unknown };

/** A place for jobs in this thread. Each is a task of the pool's scope, with values and limits of its caller's context. */
export class FunctionSlot<I, O> implements PoolWorker<I, O> {
  readonly endsToStop = false;
  readonly dead = false;
  readonly ready = true;
  private readonly body: PoolFunction<I, O>;
  private readonly scope: Scope;
  private readonly name: string;

  constructor(body: PoolFunction<I, O>, scope: Scope, name: string) {
    this.body = body;
    this.scope = scope;
    this.name = name;
  }

  async perform(input: I, ctx: Context, task: string | undefined): Promise<O> {
    const name = task ?? this.name;
    // The failure is the caller's, not the scope's: it travels as a value.
    const outcome = await this.scope.spawn(
      async (own): Promise<Outcome<O>> => {
        using job = ctx.cancellable({ name });
        using _ = own.onCancel((cause) => job.cancel(cause));
        try {
          return { value: await this.body(input, job) };
        } catch (error) {
          return { error };
        }
      },
      { name },
    );
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  /** This thread's loop is everybody's: what can be told of a slot is how long it was taken. */
  utilization(busyShare: number): number {
    return busyShare;
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
