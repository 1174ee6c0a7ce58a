import { loadError } from "../errors.ts";
import type { Random } from "./random.ts";

/** How a total is spread over rooms or people: evenly, by Zipf's law, or in recorded proportions. */
export type Popularity =
  | { readonly kind: "constant" }
  | { readonly kind: "zipf"; readonly exponent: number }
  | { readonly kind: "recorded"; readonly counts: readonly number[] };

/** The share of each of `size` places; they add up to 1. Errors: LOAD_BAD_PLAN. */
export function sharesOf(popularity: Popularity, size: number): readonly number[] {
  if (!Number.isSafeInteger(size) || size < 1)
    throw loadError("LOAD_BAD_PLAN", { what: `there must be at least one place, not ${size}` });
  const weights = Array.from({ length: size }, (_, index) => weightOf(popularity, index));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0 && Number.isFinite(total)) || weights.some((weight) => !(weight >= 0)))
    throw loadError("LOAD_BAD_PLAN", { what: "a popularity has weights of 0 or more, and not all 0" });
  return weights.map((weight) => weight / total);
}

function weightOf(popularity: Popularity, index: number): number {
  switch (popularity.kind) {
    case "constant":
      return 1;
    case "zipf":
      return (index + 1) ** -popularity.exponent;
    case "recorded":
      return popularity.counts[index] ?? 0;
  }
}

/** Whole parts of `total` in these shares, largest remainders first: they add up to `total` exactly. */
export function apportion(total: number, shares: readonly number[]): readonly number[] {
  const exact = shares.map((share) => share * total);
  const parts = exact.map(Math.floor);
  let left = total - parts.reduce((sum, part) => sum + part, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder) {
    if (left < 1) break;
    parts[index] = (parts[index] ?? 0) + 1;
    left -= 1;
  }
  return parts;
}

/** Draws places with the probability of their share. Cost: O(log places) a draw. */
export class Picker {
  readonly #upTo: Float64Array;
  readonly #random: Random;

  constructor(shares: readonly number[], random: Random) {
    let sum = 0;
    this.#upTo = Float64Array.from(shares, (share) => (sum += share));
    this.#random = random;
  }

  next(): number {
    return this.#placeOf(this.#random.next());
  }

  /** The place that draw number `index`, from 0, falls on. */
  at(index: number): number {
    return this.#placeOf(this.#random.nth(index));
  }

  #placeOf(drawn: number): number {
    let [low, high] = [0, this.#upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (drawn < (this.#upTo[middle] ?? 1)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
