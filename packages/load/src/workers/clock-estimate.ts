import type { RunClock } from "../run/run-clock.ts";

/** One question for the time. Units: ms; `asked` and `answered` of the own clock, `theirs` of the other. */
export interface ClockExchange {
  readonly asked: number;
  readonly theirs: number;
  readonly answered: number;
}

/** How fast two machines' clocks may part, ms a ms: quartz is off by up to 50 millionths, and NTP slews by up to 500. */
export const MAX_DRIFT = 600e-6;

/**
 * What to add to the own clock for another machine's, as an interval in which the truth lies.
 *
 * The other clock was read between question and answer, so each exchange bounds the offset from both sides; the interval
 * is what all exchanges leave, each widened by what the clocks may have parted since. A short round trip cuts it, a long
 * one changes nothing.
 *
 * Bounds     the truth is within `errorMs` of `offsetMs` while the clocks part by at most `MAX_DRIFT`. Where exchanges
 *            contradict each other (a clock jumped), the newest one counts and `jumps` goes up.
 * Cost       O(1) an exchange; no list is kept.
 */
export class ClockEstimate implements RunClock {
  readonly #now: () => number;
  #low = -Infinity;
  #high = Infinity;
  #at = 0;
  #jumps = 0;

  /** `now` reads the own clock, ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  add({ asked, theirs, answered }: ClockExchange): void {
    // Sums of times are rounded, and two exchanges that tell the same would contradict each other by the last bit.
    const rounding = 4 * Number.EPSILON * Math.max(Math.abs(theirs), Math.abs(asked), Math.abs(answered));
    const parted = MAX_DRIFT * Math.max(0, answered - this.#at) + rounding;
    const [low, high] = [theirs - answered, theirs - asked];
    // The other clock was read somewhere in between: until now it may have gone on otherwise than ours.
    const slack = MAX_DRIFT * (answered - asked) + rounding;
    this.#at = answered;
    const narrowed = {
      low: Math.max(this.#low - parted, low - slack),
      high: Math.min(this.#high + parted, high + slack),
    };
    const fits = narrowed.low <= narrowed.high;
    if (!fits) this.#jumps += 1;
    this.#low = fits ? narrowed.low : low - slack;
    this.#high = fits ? narrowed.high : high + slack;
  }

  /** Middle of the interval; 0 before the first exchange. */
  get offsetMs(): number {
    return this.#high === Infinity ? 0 : (this.#low + this.#high) / 2;
  }

  get errorMs(): number {
    return (this.#high - this.#low) / 2 + MAX_DRIFT * Math.max(0, this.#now() - this.#at);
  }

  get jumps(): number {
    return this.#jumps;
  }
}
