import { RecentMap } from "@barrage/engine";

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
  private readonly entries: RecentMap<string, Held<V>>;

  constructor(maxEntries: number) {
    this.entries = new RecentMap(maxEntries);
  }

  get size(): number {
    return this.entries.size;
  }

  /** Undefined when it is not known; `{ value: undefined }` when it is known that there is none; with how long it is. */
  get(key: string, now: number): Held<V> | undefined {
    const held = this.entries.get(key);
    if (held === undefined) return undefined;
    if (now > held.until) {
      this.entries.delete(key);
      return undefined;
    }
    this.entries.set(key, held);
    return held;
  }

  set(key: string, value: V | undefined, until: number): void {
    this.entries.set(key, { value, until });
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}
