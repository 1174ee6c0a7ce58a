import { InvalidArgumentError } from "../errors.ts";

/**
 * `window` in samples; `sigma` in deviations; `rise` in units of what is sampled. Growth is reported when the newest
 * quarter of the window lies above the oldest by more than `sigma` deviations and by `rise`, and every quarter lies
 * above the one before: a step to a higher load is none, a steady climb is.
 */
export interface GrowthOptions {
  readonly window?: number;
  readonly sigma?: number;
  readonly rise?: number;
}

// 60 samples are a minute at one a second: longer than a burst of connections, short enough to hear of a leak soon.
const WINDOW_SAMPLES = 60;
const SIGMA = 3;
const RISE = 10;

// Share of the whole rise that each quarter must add to the one before.
const SHARE = 0.1;

/** What a window says. */
export interface Growth {
  readonly from: number;
  readonly to: number;
  readonly deviation: number;
}

/** A sliding window over one number. */
export class GrowthWindow {
  private readonly samples: number[] = [];
  private readonly window: number;
  private readonly sigma: number;
  private readonly rise: number;

  constructor({ window = WINDOW_SAMPLES, sigma = SIGMA, rise = RISE }: GrowthOptions = {}) {
    if (!Number.isSafeInteger(window) || window < 8 || window % 4 !== 0) {
      throw new InvalidArgumentError("window", "a multiple of 4 of 8 or more samples", window);
    }
    if (!(sigma >= 0)) throw new InvalidArgumentError("sigma", "0 or more deviations", sigma);
    if (!(rise > 0)) throw new InvalidArgumentError("rise", "above 0", rise);
    this.window = window;
    this.sigma = sigma;
    this.rise = rise;
  }

  /** Adds a sample; gives the growth when the full window shows one. */
  add(sample: number): Growth | undefined {
    this.samples.push(sample);
    if (this.samples.length > this.window) this.samples.shift();
    return this.samples.length < this.window ? undefined : this.judge();
  }

  clear(): void {
    this.samples.length = 0;
  }

  private judge(): Growth | undefined {
    const size = this.window / 4;
    const quarters = [0, 1, 2, 3].map((n) => this.samples.slice(n * size, (n + 1) * size));
    const means = quarters.map(mean);
    const [from = 0, , , to = 0] = means;
    const rise = to - from;
    if (rise < this.rise) return undefined;
    for (let n = 1; n < 4; n++) if ((means[n] ?? 0) - (means[n - 1] ?? 0) < rise * SHARE) return undefined;
    const variance = mean(quarters.map((quarter, n) => mean(quarter.map((x) => (x - (means[n] ?? 0)) ** 2))));
    const deviation = Math.sqrt(variance);
    return rise > this.sigma * deviation ? { from, to, deviation } : undefined;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
