import { Random as Numbers } from "@barrage/load";

/** A seeded source of random numbers: the same seed gives the same crowd. */
export interface Random {
  /** From 0 up to, not with, 1. */
  unit(): number;
  /** A whole number from 0 up to, not with, `below`. */
  below(below: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

export function seededRandom(seed: number): Random {
  const numbers = new Numbers(seed);
  const below = (limit: number): number => numbers.below(limit);
  return { unit: () => numbers.next(), below, pick: (list) => list[below(list.length)] ?? list[0] };
}
