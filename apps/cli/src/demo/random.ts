/** A seeded source of random numbers: the same seed gives the same crowd. */
export interface Random {
  /** From 0 up to, not with, 1. */
  unit(): number;
  /** A whole number from 0 up to, not with, `below`. */
  below(below: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

/** Mulberry32: 32 bits of state, period 2^32; plenty for a crowd, not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(unit() * limit);
  return {
    unit,
    below,
    pick: (list) => list[below(list.length)] ?? list[0],
  };
}
