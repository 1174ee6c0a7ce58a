import type { Clock, TimerHandle } from "@barrage/kernel";
import { seededRandom } from "../seeded-random.ts";

interface Timer {
  readonly due: number;
  /** Order among the timers of one moment. */
  readonly rank: number;
  readonly fn: () => void;
}

// 2026-01-01T00:00:00Z: any fixed moment will do, one in the time of danmaku reads well in failures.
const WALL_START_MS = 1_767_225_600_000;

// Turns of the event loop between two timers (a count). One lets promise chains finish; the second lets what they
// scheduled for the next turn (a paused channel, a socket's callback) run too.
const SETTLE_TURNS = 2;

async function settle(): Promise<void> {
  for (let left = SETTLE_TURNS; left > 0; left--) await new Promise<void>((resolve) => setImmediate(resolve));
}

// Timers that `runUntilIdle` fires unless told otherwise (a count): a program that sets a new one each time would
// keep it going for ever.
const IDLE_TIMERS = 100_000;

/**
 * A clock that stands still until a test moves it.
 *
 * Units      ms; `now` starts at 0, `wall` at the beginning of 2026 unless told otherwise; both move together.
 * Shape      timers fire in order of their moment, those of one moment in the order they were set; with a `seed` in an
 *            order of its own, the same for the same seed, to try the orders that real time might bring.
 */
export class FakeClock implements Clock {
  private time = 0;
  private readonly wallStart: number;
  private readonly timers = new Set<Timer>();
  private readonly rank: () => number;

  constructor(options: { readonly wall?: number; readonly seed?: number } = {}) {
    this.wallStart = options.wall ?? WALL_START_MS;
    this.rank = options.seed === undefined ? () => 0 : seededRandom(options.seed);
  }

  now(): number {
    return this.time;
  }

  wall(): number {
    return this.wallStart + this.time;
  }

  setTimer(ms: number, fn: () => void): TimerHandle {
    const timer: Timer = { due: this.time + Math.max(0, ms), rank: this.rank(), fn };
    this.timers.add(timer);
    return timer;
  }

  clearTimer(handle: TimerHandle): void {
    this.timers.delete(handle as Timer);
  }

  /** Timers set and neither fired nor cleared. */
  get pendingTimers(): number {
    return this.timers.size;
  }

  /** The moment of the next timer; undefined when there is none. */
  get nextTimer(): number | undefined {
    return this.earliest()?.due;
  }

  /**
   * Moves time forward by `ms`, firing each timer at its own moment. Before each one, and at the end, everything
   * that is ready to run gets to run, so timers it sets inside the span fire as well.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`a clock moves forward by 0 ms or more, not ${ms}`);
    const end = this.time + ms;
    await settle();
    for (let timer = this.earliest(); timer !== undefined && timer.due <= end; timer = this.earliest()) {
      await this.fire(timer);
    }
    this.time = Math.max(this.time, end);
  }

  /**
   * Moves time from timer to timer until there is none and nothing is ready to run; gives the ms that took.
   *
   * Errors     RangeError when there are still timers after `limit` of them.
   */
  async runUntilIdle(limit = IDLE_TIMERS): Promise<number> {
    const start = this.time;
    await settle();
    let fired = 0;
    for (let timer = this.earliest(); timer !== undefined; timer = this.earliest()) {
      if (fired === limit) throw new RangeError(`there are still timers after ${limit} of them`);
      await this.fire(timer);
      fired += 1;
    }
    return this.time - start;
  }

  private async fire(timer: Timer): Promise<void> {
    this.timers.delete(timer);
    this.time = Math.max(this.time, timer.due);
    timer.fn();
    await settle();
  }

  // A scan instead of a heap: tests have few timers, and insertion order breaks ties for free.
  private earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) if (first === undefined || isBefore(timer, first)) first = timer;
    return first;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.due === other.due ? one.rank < other.rank : one.due < other.due;
}
