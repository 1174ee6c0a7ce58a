import type { Context } from "../context/context.ts";
import { type ContextNode, nodeOf } from "../context/context-node.ts";
import { background } from "../context/root.ts";
import { dispose } from "../dispose.ts";
import { InvalidArgumentError } from "../errors.ts";
import { Parked, type Waitable } from "../parked.ts";
import type { TimerHandle } from "./clock.ts";
import { nextTurnWith } from "./turn.ts";

type Tick = IteratorResult<number, undefined>;

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A steady beat. Each step gives the number of periods since the last one: 1, or more when the consumer was slow.
 *
 * Shape      one beat shared by all who iterate it; each tick goes to all who wait at that moment.
 * Units      `ms` per period.
 * Bounds     no timer while nobody waits, none after `dispose` or cancellation; ticks do not drift (KN-61).
 * Errors     the cancel error of `ctx` from the wait; InvalidArgumentError for a period not above 0.
 */
export class Ticker implements AsyncIterable<number, undefined>, Disposable {
  private readonly node: ContextNode;
  private period: number;
  private origin: number;
  private given = 0;
  private readonly waiting = new Set<Parked<Tick>>();
  private timer: TimerHandle | undefined = undefined;
  private disposed = false;

  constructor(ms: number, ctx: Context = background) {
    this.node = nodeOf(ctx);
    this.period = period(ms);
    this.origin = this.node.clock.now();
  }

  /** Starts over with a new period: the next tick comes `ms` from now. */
  reset(ms: number): void {
    this.period = period(ms);
    this.origin = this.node.clock.now();
    this.given = 0;
    this.stopTimer();
    if (this.waiting.size > 0) this.arm();
  }

  /** Waits for the next tick; `done` after `dispose`. */
  next(): Promise<Tick> {
    const refused = this.node.cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    if (this.disposed) return Promise.resolve(END);
    const elapsed = this.elapsed();
    if (elapsed > 0) {
      this.given += elapsed;
      // A consumer slower than the beat would otherwise never leave the microtask queue.
      return nextTurnWith<Tick>({ done: false, value: elapsed });
    }
    const parked = new Parked<Tick>(this.beat, undefined);
    this.waiting.add(parked);
    parked.park(this.node, "tick", `${this.period} ms`);
    if (this.timer === undefined) this.arm();
    return parked.promise;
  }

  [Symbol.asyncIterator](): AsyncIterator<number, undefined> {
    return { next: () => this.next(), return: () => Promise.resolve(END) };
  }

  [dispose](): void {
    this.disposed = true;
    this.stopTimer();
    this.settle(END);
  }

  private readonly beat: Waitable<Parked<Tick>> = {
    abandoned: (wait) => {
      this.waiting.delete(wait);
      if (this.waiting.size === 0) this.stopTimer();
    },
  };

  private elapsed(): number {
    return Math.floor((this.node.clock.now() - this.origin) / this.period) - this.given;
  }

  private arm(): void {
    const { clock } = this.node;
    const due = this.origin + (this.given + 1) * this.period;
    this.timer = clock.setTimer(Math.max(0, due - clock.now()), () => this.fire());
  }

  private fire(): void {
    this.timer = undefined;
    const elapsed = this.elapsed();
    // Timers may fire a fraction of a millisecond early.
    if (elapsed < 1) return this.arm();
    this.given += elapsed;
    this.settle({ done: false, value: elapsed });
  }

  private settle(tick: Tick): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const parked of waiting) parked.resolve(tick);
  }

  private stopTimer(): void {
    if (this.timer === undefined) return;
    this.node.clock.clearTimer(this.timer);
    this.timer = undefined;
  }
}

function period(ms: number): number {
  if (ms > 0 && Number.isFinite(ms)) return ms;
  throw new InvalidArgumentError("ms", "a finite number above 0", ms);
}
