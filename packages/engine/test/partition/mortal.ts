import { protocolError } from "@barrage/protocol";
import type { Context } from "@barrage/kernel";

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * One process as its ports see it: once it is killed, no call of it has an effect any more and none returns, as after
 * kill -9; while it stands still its calls wait, and go on after as if nothing had been.
 */
export class Mortal {
  isDead = false;
  private readonly ctx: Context;
  private left = Number.POSITIVE_INFINITY;
  private still: PromiseWithResolvers<void> | undefined;

  /** `ctx`: the process's own, cancelled when it is buried. */
  constructor(ctx: Context) {
    this.ctx = ctx;
  }

  /** Killed at the moment before or after a call of a port, `moments` from now. */
  killAfter(moments: number): void {
    this.left = moments;
  }

  standStill(): void {
    this.still ??= Promise.withResolvers<void>();
  }

  goOn(): void {
    this.still?.resolve();
    this.still = undefined;
  }

  /** A port on which this process may die before and after each call. */
  port<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => this.call(() => (value as Method).apply(target, args));
      },
    });
  }

  async call<T>(effect: () => Promise<T>): Promise<T> {
    await this.pass();
    const result = await effect();
    await this.pass();
    return result;
  }

  async pass(): Promise<void> {
    // Both may come while this waits for the other.
    while (this.still !== undefined && !this.isDead) await this.unlessBuried(this.still.promise);
    if (!this.isDead && --this.left > 0) return;
    this.isDead = true;
    await this.unlessBuried(new Promise<void>(() => undefined));
  }

  private async unlessBuried(promise: Promise<void>): Promise<void> {
    const { promise: buried, reject } = Promise.withResolvers<never>();
    using _ = this.ctx.onCancel(() => reject(protocolError("BARRAGE_UNAVAILABLE")));
    await Promise.race([promise, buried]);
  }
}
