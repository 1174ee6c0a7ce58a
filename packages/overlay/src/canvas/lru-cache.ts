/**
 * Values by key, the least recently used given up first.
 *
 * Units      whatever `costOf` counts: entries, bytes.
 * Bounds     the sum of costs never passes `limit`: rule OV-14.
 * Cost       `get` and `set` O(1), plus O(1) for each value given up.
 */
export class LruCache<V> {
  readonly #limit: number;
  readonly #costOf: (value: V) => number;
  readonly #onEvict: (value: V) => void;
  // A Map keeps insertion order, so its first entry is the least recently used one.
  readonly #entries = new Map<string, V>();
  #cost = 0;

  constructor(limit: number, costOf: (value: V) => number, onEvict: (value: V) => void = () => undefined) {
    this.#limit = limit;
    this.#costOf = costOf;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#entries.size;
  }

  get cost(): number {
    return this.#cost;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** Makes room for `cost` by giving up values `mayGo` allows, oldest first; false when that is not enough. */
  makeRoom(cost: number, mayGo: (value: V) => boolean = () => true): boolean {
    for (const [key, value] of this.#entries) {
      if (this.#cost + cost <= this.#limit || !mayGo(value)) break;
      this.#drop(key, value);
    }
    return this.#cost + cost <= this.#limit;
  }

  /** Keeps a value under a new key, if room can be made for it. */
  set(key: string, value: V): void {
    const cost = this.#costOf(value);
    if (!this.makeRoom(cost)) return;
    this.#entries.set(key, value);
    this.#cost += cost;
  }

  clear(): void {
    for (const [key, value] of this.#entries) this.#drop(key, value);
  }

  #drop(key: string, value: V): void {
    this.#entries.delete(key);
    this.#cost -= this.#costOf(value);
    this.#onEvict(value);
  }
}
