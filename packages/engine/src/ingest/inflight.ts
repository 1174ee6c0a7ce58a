import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";

/** Calls under way, so that a drain can refuse new ones and wait for the rest. */
export class Inflight {
  private count = 0;
  private closed = false;
  private idle: (() => void)[] = [];

  /** A call begins; it must `leave`, whatever comes. Errors: BARRAGE_DRAINING once closed. */
  enter(): void {
    if (this.closed) throw protocolError("BARRAGE_DRAINING");
    this.count += 1;
  }

  leave(): void {
    this.count -= 1;
    if (this.count === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  /** No more calls; resolves when those under way have ended, or `ctx` was cancelled. */
  async close(ctx: Context): Promise<void> {
    this.closed = true;
    if (this.count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.idle.push(resolve);
    using _ = ctx.onCancel(() => resolve());
    await promise;
    ctx.throwIfCancelled();
  }
}
