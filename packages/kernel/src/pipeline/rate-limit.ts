import { InvalidArgumentError } from "../errors.ts";
import { sleep } from "../time/sleep.ts";
import { wholeNumber } from "../whole-number.ts";
import { tooLate } from "./item.ts";
import { feed, type Stage } from "./run.ts";

export interface RateOptions {
  readonly perSecond: number;
  /** How many may go at once after a quiet time; 1 unless given. */
  readonly burst?: number;
}

const SECOND_MS = 1000;

/**
 * A bucket of tokens, as the one moment at which it would be full again: no timer refills it.
 *
 * Bounds     in any span of t ms at most burst + t * perSecond / 1000 go.
 */
class TokenBucket {
  private readonly interval: number;
  private readonly slack: number;
  private fullAt = -Infinity;

  constructor({ perSecond, burst = 1 }: RateOptions) {
    if (!(perSecond > 0) || !Number.isFinite(perSecond)) {
      throw new InvalidArgumentError("perSecond", "a finite number above 0", perSecond);
    }
    this.interval = SECOND_MS / perSecond;
    this.slack = (wholeNumber("burst", burst, 1) - 1) * this.interval;
  }

  /** How long from `now` the next one has to wait, ms. */
  wait(now: number): number {
    return Math.max(0, this.fullAt - this.slack - now);
  }

  /** Takes a token, of the moment at which it is free. */
  take(now: number): void {
    this.fullAt = Math.max(this.fullAt, now) + this.interval;
  }
}

/** Lets items through at a rate; one that would have to wait beyond its deadline is dropped and takes no token. */
export function rateStage<T>(options: RateOptions): Stage<T, T> {
  // Made here and not in the run: a wrong option is told when the pipeline is built.
  void new TokenBucket(options);
  return (run, input) => {
    const bucket = new TokenBucket(options);
    return feed<T>(run, { name: "rate limit", buffer: 0, tasks: 1 }, async (out, ctx) => {
      for await (const item of input.values(ctx)) {
        const ms = bucket.wait(ctx.clock.now());
        const late = tooLate(item, ms, ctx);
        if (late !== undefined) {
          run.tally.failed(late, ctx);
          continue;
        }
        bucket.take(ctx.clock.now());
        if (ms > 0) await sleep(ms, ctx);
        await out.send(item, ctx);
      }
    });
  };
}
