import type { Context } from "@barrage/kernel";

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
}

/**
 * How far something has come in the log, for those who wait until it has come past a record.
 *
 * Shape      one writer; any number of waiters.
 * Cost       `reached` O(waiters); there are few, as only commands wait, never a danmaku.
 */
export class Progress {
  private at: number;
  private waiters: Waiter[] = [];

  constructor(seq = 0) {
    this.at = seq;
  }

  get seq(): number {
    return this.at;
  }

  reached(seq: number): void {
    if (seq <= this.at) return;
    this.at = seq;
    if (this.waiters.length === 0) return;
    const due = this.waiters.filter((waiter) => waiter.seq <= seq);
    this.waiters = this.waiters.filter((waiter) => waiter.seq > seq);
    for (const waiter of due) waiter.resolve();
  }

  /** Resolves once `seq` was reached; throws the context's cancellation. */
  async wait(seq: number, ctx: Context): Promise<void> {
    if (seq <= this.at) return;
    ctx.throwIfCancelled();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { seq, resolve };
    this.waiters.push(waiter);
    using _ = ctx.onCancel(() => {
      this.waiters = this.waiters.filter((other) => other !== waiter);
      reject(new Error("cancelled while waiting for the log"));
    });
    try {
      await promise;
    } catch (error) {
      ctx.throwIfCancelled();
      throw error;
    }
  }
}
