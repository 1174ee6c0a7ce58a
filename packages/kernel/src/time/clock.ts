/** What `setTimer` gave; only the clock that made it can read it. */
export type TimerHandle = object | number;

/**
 * Where time comes from. A context carries one, so a test can put its own in place of the system's.
 *
 * Units      milliseconds everywhere; `now` is monotonic with an arbitrary start, `wall` counts from the epoch.
 * Errors     none; `clearTimer` of a timer that has fired or was cleared does nothing.
 */
export interface Clock {
  now(): number;
  wall(): number;
  setTimer(ms: number, fn: () => void): TimerHandle;
  clearTimer(handle: TimerHandle): void;
}

// The platform fires a longer timer at once (its delay is a signed 32-bit number of ms), so longer ones go in legs.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

class LongTimer {
  current: TimerHandle;
  private left: number;
  private readonly fn: () => void;

  constructor(ms: number, fn: () => void) {
    this.left = ms;
    this.fn = fn;
    this.current = this.arm();
  }

  private arm(): TimerHandle {
    const leg = Math.min(this.left, LONGEST_TIMER_MS);
    this.left -= leg;
    return setTimeout(() => {
      if (this.left > 0) this.current = this.arm();
      else this.fn();
    }, leg);
  }
}

const platform = performance;

/** The platform's own clocks and timers; the only user of them in this package. */
export const systemClock: Clock = {
  now: () => platform.now(),
  wall: () => Date.now(),
  setTimer(ms, fn) {
    return ms > LONGEST_TIMER_MS ? new LongTimer(ms, fn) : setTimeout(fn, ms);
  },
  clearTimer(handle) {
    clearTimeout(handle instanceof LongTimer ? handle.current : handle);
  },
};
