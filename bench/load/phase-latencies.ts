import { Latencies } from "@barrage/load";
import type { LatencySummary, SecondDelta } from "@barrage/load";

/** What deliveries took in a stretch of a run's seconds. */
export interface Phase {
  readonly delivery: LatencySummary;
  readonly seconds: number;
  /** Seconds in which the generator itself could not keep up; they are in the latencies all the same. */
  readonly invalid: number;
  /** Delay of the generator's own event loop, p99 of its worst second, ms. */
  readonly loopDelayP99Ms: number;
}

/** Keeps each second's latencies of one worker, for the percentiles of stretches that are known only afterwards. */
export class PhaseLatencies {
  readonly #seconds: SecondDelta[] = [];

  note(delta: SecondDelta): void {
    this.#seconds.push(delta);
  }

  /** Of the seconds `from` to `to`, both within. */
  between(from: number, to: number): Phase {
    const within = this.#seconds.filter(({ second }) => second >= from && second <= to);
    const delivery = new Latencies();
    for (const { latencies } of within) delivery.merge(latencies.delivery);
    const invalid = within.filter((each) => each.invalid.length > 0).length;
    const loopDelayP99Ms = Math.max(0, ...within.map(({ effort }) => effort.loopDelayP99Ms));
    return { delivery: delivery.summary, seconds: within.length, invalid, loopDelayP99Ms };
  }
}
