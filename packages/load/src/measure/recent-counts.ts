/** Sub-buckets of an HDR histogram of so many significant digits: the power of two that tells 2 x 10^digits values apart. */
const SUB_BUCKETS = { 2: 256, 3: 2_048 } as const;

/**
 * Counts by the buckets of an HDR histogram, in a flat table that costs a few nanoseconds to count in.
 *
 * Shape      values go in one by one, and out bucket by bucket: `take` hands each bucket's lowest value, which lies in
 *            the very same bucket of the histogram.
 * Units      whole numbers from 0 up to `largest`.
 * Cost       `count` O(1); `take` O(buckets): 22,000 up to 2^30 with three digits, 3,000 with two.
 */
export class RecentCounts {
  readonly #subBuckets: number;
  readonly #half: number;
  /** Bits of a value that the first bucket tells apart. */
  readonly #bits: number;
  readonly #counts: Uint32Array;
  #isEmpty = true;

  constructor(digits: 2 | 3, largest: number) {
    this.#subBuckets = SUB_BUCKETS[digits];
    this.#half = this.#subBuckets / 2;
    this.#bits = Math.log2(this.#subBuckets);
    this.#counts = new Uint32Array(this.#indexOf(largest) + 1);
  }

  count(value: number, times: number): void {
    const index = this.#indexOf(value);
    this.#counts[index] = (this.#counts[index] ?? 0) + times;
    this.#isEmpty = false;
  }

  /** Hands everything out, and counts from 0 again. */
  take(into: (value: number, times: number) => void): void {
    if (this.#isEmpty) return;
    for (const [index, times] of this.#counts.entries()) if (times > 0) into(this.#lowestOf(index), times);
    this.#counts.fill(0);
    this.#isEmpty = true;
  }

  /** Below `subBuckets` each value has a place; from there on each further bit of length has half as many places. */
  #indexOf(value: number): number {
    if (value < this.#subBuckets) return value;
    const shift = 32 - Math.clz32(value) - this.#bits;
    return shift * this.#half + (value >>> shift);
  }

  #lowestOf(index: number): number {
    if (index < this.#subBuckets) return index;
    const shift = Math.floor(index / this.#half) - 1;
    return (index - shift * this.#half) * 2 ** shift;
  }
}
