/** What may happen next, and how often compared with the others. */
export type Happening<R> = readonly [weight: number, happen: (run: R) => Promise<void> | void];

/** Draws of one seeded sequence: the same seed makes the same run. */
export class Chance {
  readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  one<T>(of: readonly T[]): T {
    const it = of[this.below(of.length)];
    if (it === undefined) throw new RangeError("there is none");
    return it;
  }

  /** Lets one of them happen, by its weight. */
  async next<R>(happenings: readonly Happening<R>[], run: R): Promise<void> {
    let dice = this.random() * happenings.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, happen] of happenings) {
      dice -= weight;
      if (dice > 0) continue;
      await happen(run);
      return;
    }
  }
}
