/** Records that were produced and that the router had not committed yet, at a moment. */
export interface LagSample {
  /** Seconds since the producer began. */
  readonly at: number;
  readonly records: number;
}

export interface LagVerdict {
  /** Highest lag of the second half, as seconds of the rate. */
  readonly worstSeconds: number;
  /** By how much the lag is higher at the end of the second half than at its beginning, as seconds of the rate. */
  readonly grownSeconds: number;
  /** Why the router does not keep up; undefined when it does. */
  readonly failure: string | undefined;
}

/** Seconds of the rate: the router commits ten times a second, so a tenth is always open. */
export const LAG_MAX_SECONDS = 1;
export const GROWTH_MAX_SECONDS = 0.2;

const mean = (samples: readonly LagSample[]): number =>
  samples.reduce((sum, { records }) => sum + records, 0) / Math.max(1, samples.length);

/** Judges the second half of a run at a steady rate (records a second); the first half is for the start. */
export function judgeLag(samples: readonly LagSample[], rate: number): LagVerdict {
  const half = samples.slice(Math.floor(samples.length / 2));
  const middle = Math.floor(half.length / 2);
  const [third, fourth] = [half.slice(0, middle), half.slice(middle)];
  const worstSeconds = Math.max(0, ...half.map(({ records }) => records)) / rate;
  const grownSeconds = (mean(fourth) - mean(third)) / rate;
  const failure =
    third.length === 0
      ? "too short to say"
      : worstSeconds > LAG_MAX_SECONDS
        ? `is ${worstSeconds.toFixed(2)} s behind`
        : grownSeconds > GROWTH_MAX_SECONDS
          ? `falls behind by ${grownSeconds.toFixed(2)} s`
          : undefined;
  return { worstSeconds, grownSeconds, failure };
}
