/**
 * Whole numbers, kept as ranges: a stream without holes is one range however long it gets.
 *
 * Cost       `add` at the end O(1); elsewhere O(ranges).
 */
export class RangeSet {
  /** Starts and ends (both within), alternating and growing; no two ranges touch. */
  readonly #bounds: number[] = [];

  has(value: number): boolean {
    const at = this.#firstEndingAtOrAfter(value);
    return at < this.#bounds.length && (this.#bounds[at] ?? Infinity) <= value;
  }

  /** True if it was not there yet. */
  add(value: number): boolean {
    return this.append(value, value) || this.#insert(value);
  }

  /** Adds all from `from` to `to`, both within, if they lie behind everything that is there; else nothing, and false. */
  append(from: number, to: number): boolean {
    const bounds = this.#bounds;
    const last = bounds.at(-1) ?? -2;
    if (from <= last) return false;
    if (from === last + 1 && bounds.length > 0) bounds[bounds.length - 1] = to;
    else bounds.push(from, to);
    return true;
  }

  /** Starts and ends, both within. */
  *ranges(): IterableIterator<readonly [from: number, to: number]> {
    for (let at = 0; at < this.#bounds.length; at += 2)
      yield [this.#bounds[at] ?? 0, this.#bounds[at + 1] ?? 0];
  }

  #insert(value: number): boolean {
    const bounds = this.#bounds;
    const at = this.#firstEndingAtOrAfter(value);
    const start = bounds[at] ?? Infinity;
    if (start <= value) return false;
    const touchesNext = start === value + 1;
    const touchesLast = at > 0 && bounds[at - 1] === value - 1;
    if (touchesNext && touchesLast) bounds.splice(at - 1, 2);
    else if (touchesNext) bounds[at] = value;
    else if (touchesLast) bounds[at - 1] = value;
    else bounds.splice(at, 0, value, value);
    return true;
  }

  /** Place of the start of the first range that ends at `value` or after it. */
  #firstEndingAtOrAfter(value: number): number {
    let [low, high] = [0, this.#bounds.length / 2];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bounds[middle * 2 + 1] ?? Infinity) < value) low = middle + 1;
      else high = middle;
    }
    return low * 2;
  }
}
