import type { Soon } from "@barrage/engine";
import { unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";

export interface FallbackOptions {
  /** How long a shared store is waited for, ms; then the local one answers. */
  readonly timeoutMs: number;
  /** How long every answer has to come from the shared stores before they count as back, ms. */
  readonly quietMs: number;
}

/** A quarter of a second is what a publisher hardly notices; a second without a failure is more than one lucky call. */
export const FALLBACK_DEFAULTS: FallbackOptions = { timeoutMs: 250, quietMs: 1_000 };

/** Told once when local answers begin, with the failure, and once when they end. */
export type FallbackChange =
  { readonly type: "local"; readonly error: unknown } | { readonly type: "shared" };

/**
 * Asks shared stores, and the local ones in their place while those are away: limits then hold per process, which lets
 * more through, but nobody is kept from publishing.
 *
 * Shape      one for all stores of one server: what is told of is the server.
 * Cost       without a failure what the shared store costs; with an open circuit nothing is waited for.
 * Errors     none but the cancel error of the caller's context.
 */
export class SharedOrLocal {
  private readonly options: FallbackOptions;
  private readonly onChange: (change: FallbackChange) => void;
  private answers = 0;
  private failedAt: number | undefined = undefined;

  constructor(onChange: (change: FallbackChange) => void, options: FallbackOptions = FALLBACK_DEFAULTS) {
    this.onChange = onChange;
    this.options = options;
  }

  /** Answers of local stores since the start. */
  get localAnswers(): number {
    return this.answers;
  }

  get isLocal(): boolean {
    return this.failedAt !== undefined;
  }

  async ask<T>(
    shared: (ctx: Context) => Soon<T>,
    local: (ctx: Context) => Soon<T>,
    ctx: Context,
  ): Promise<T> {
    using patience = ctx.cancellable({ timeout: this.options.timeoutMs, name: "shared limit" });
    try {
      // With the caller's own context: that we wait for less long than others says nothing of the server.
      const answer = await unlessCancelled(Promise.resolve(shared(ctx)), patience);
      this.succeeded(ctx.clock.now());
      return answer;
    } catch (error) {
      ctx.throwIfCancelled();
      this.failed(ctx.clock.now(), error);
      this.answers += 1;
      return await local(ctx);
    }
  }

  private succeeded(now: number): void {
    if (this.failedAt === undefined || now - this.failedAt < this.options.quietMs) return;
    this.failedAt = undefined;
    this.onChange({ type: "shared" });
  }

  private failed(now: number, error: unknown): void {
    const isNews = this.failedAt === undefined;
    this.failedAt = now;
    if (isNews) this.onChange({ type: "local", error });
  }
}
