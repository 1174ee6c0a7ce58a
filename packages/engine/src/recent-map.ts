/**
 * The values that were set last, by key.
 *
 * Shape      in the order of `set`; `get` changes nothing, so whoever wants the order of use sets what was got again.
 * Bounds     `max` keys; beyond it the one that was set longest ago goes.
 * Cost       O(1) on average, without an allocation but where one goes.
 */
export class RecentMap<K, V> {
  private readonly max: number;
  private readonly values = new Map<K, V>();
  /**
   * Stands before the key that was set longest ago; behind it are only gaps. A new iterator passes all gaps that a Map has
   * at its front, and they are as many as its keys before it closes them up: some 100 us for each key that goes, of
   * 200,000.
   */
  private oldest: MapIterator<K> | undefined = undefined;
  /** Calls of `set` after which `oldest` is let go: one that stands still keeps every table that the Map has outgrown. */
  private setsLeft = 0;

  constructor(max: number) {
    this.max = max;
  }

  get size(): number {
    return this.values.size;
  }

  get(key: K): V | undefined {
    return this.values.get(key);
  }

  set(key: K, value: V): void {
    this.values.delete(key);
    this.values.set(key, value);
    if (this.setsLeft > 0) {
      this.setsLeft -= 1;
      if (this.setsLeft === 0) this.oldest = undefined;
    }
    if (this.values.size > this.max) this.forgetOldest();
  }

  delete(key: K): boolean {
    return this.values.delete(key);
  }

  private forgetOldest(): void {
    if (this.oldest === undefined) {
      this.oldest = this.values.keys();
      this.setsLeft = this.max;
    }
    const next = this.oldest.next();
    if (next.done !== true) this.values.delete(next.value);
  }
}
