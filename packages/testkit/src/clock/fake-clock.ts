import type { Clock, TimerHandle } from "@barrage/kernel";

interface Timer {
  readonly due: number;
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

/**
 * A clock that stands still until a test moves it.
 *
 * Units      ms; `now` starts at 0, `wall` at the beginning of 2026 unless told otherwise; both move together.
 * Shape      timers fire in order of their moment, those of one moment in the order they were set.
 */
export class FakeClock implements Clock {
  private time = 0;
  private readonly wallStart: number;
  private readonly timers = new Set<Timer>();

  constructor(options: { readonly wall?: number } = {}) {
    this.wallStart = options.wall ?? WALL_START_MS;
  }

  now(): number {
    return this.time;
  }

  wall(): number {
    return this.wallStart + this.time;
  }

  setTimer(ms: number, fn: () => void): TimerHandle {
    const timer: Timer = { due: this.time + Math.max(0, ms), fn };
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
      this.timers.delete(timer);
      this.time = Math.max(this.time, timer.due);
      timer.fn();
      await settle();
    }
    this.time = Math.max(this.time, end);
  }

  // A scan instead of a heap: tests have few timers, and insertion order breaks ties for free.
  private earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }
}
