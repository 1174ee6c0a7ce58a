const GOLDEN = 0x6d2b79f5;
/** FNV-1a's two constants. */
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Seeded random numbers (mulberry32). The same seed gives the same numbers, on any machine. */
export class Random {
  readonly #seed: number;
  #state: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = this.#seed;
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = (this.#state + GOLDEN) >>> 0;
    return mixed(this.#state);
  }

  /** What draw number `index`, from 0, gives or would give: whoever draws only some of them draws the same. Cost: O(1). */
  nth(index: number): number {
    return mixed((this.#seed + Math.imul(index + 1, GOLDEN)) >>> 0);
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** Numbers of their own for one purpose: drawing more of them does not move anybody else's. */
  fork(purpose: string): Random {
    let hash = FNV_BASIS ^ this.#seed;
    for (let index = 0; index < purpose.length; index += 1)
      hash = Math.imul(hash ^ purpose.charCodeAt(index), FNV_PRIME);
    return new Random(hash);
  }
}

function mixed(state: number): number {
  let bits = Math.imul(state ^ (state >>> 15), state | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}
