export interface Held<V> {
  readonly value: V | undefined;
  /** Moment on the monotonic clock up to which, and with which, it may be given. */
  readonly until: number;
}

/**
 * Values in this process's memory.
 *
 * Bounds     `maxEntries`; the one that was used longest ago goes.
 * Cost       O(1).
 */
export class LocalLayer<V> {
  private readonly maxEntries: number;
  /** In order of use, the latest last. */
  private readonly entries = new Map<string, Held<V>>();

  constructor(maxEntries: number) {
    this.maxEntries = maxEntries;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Undefined when it is not known; `{ value: undefined }` when it is known that there is none; with how long it is. */
  get(key: string, now: number): Held<V> | undefined {
    const held = this.entries.get(key);
    if (held === undefined) return undefined;
    this.entries.delete(key);
    if (now > held.until) return undefined;
    this.entries.set(key, held);
    return held;
  }

  set(key: string, value: V | undefined, until: number): void {
    this.entries.delete(key);
    this.entries.set(key, { value, until });
    if (this.entries.size <= this.maxEntries) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}
