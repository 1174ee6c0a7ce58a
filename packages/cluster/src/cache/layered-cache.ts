import { InvalidArgumentError, unlessCancelled } from "@barrage/kernel";
import type { Clock, Context, Scope } from "@barrage/kernel";
import { LocalLayer } from "./local-layer.ts";
import type { CacheEntry, SharedLayer } from "./shared-layer.ts";
import { SharedLoads } from "./shared-loads.ts";

export interface CacheBounds {
  /** Age, ms, up to which a value may be given. */
  readonly maxAgeMs: number;
  /** The same for the answer that there is none: shorter, for who asks for a room may be about to make it. */
  readonly absentMaxAgeMs: number;
  /** Values in this process's memory. */
  readonly maxEntries: number;
  /** Longest that the shared layer is waited for, ms. */
  readonly sharedMs: number;
  /** Longest that a load may take, ms. */
  readonly loadMs: number;
}

export const CACHE_DEFAULTS: CacheBounds = {
  maxAgeMs: 30_000,
  absentMaxAgeMs: 2_000,
  maxEntries: 10_000,
  sharedMs: 100,
  loadMs: 1_500,
};

export interface CacheFigures {
  readonly entries: number;
  /** Answers from this process's memory. */
  readonly localHits: number;
  /** Answers from the shared layer. */
  readonly sharedHits: number;
  readonly loads: number;
  readonly failedLoads: number;
  /** Calls of the shared layer that failed or took too long, and were passed over. */
  readonly sharedFailures: number;
}

export interface CacheParts<V> {
  /** Owner of the loads; its end cancels them. */
  readonly scope: Scope;
  /** Absent: memory and source only. */
  readonly shared?: SharedLayer<V>;
  /** The source; undefined: there is none. */
  readonly load: (key: string, ctx: Context) => Promise<V | undefined>;
  readonly bounds?: Partial<CacheBounds>;
}

/** A load under way; `filling` while the shared layer is being told. */
interface Load {
  filling: Promise<void> | undefined;
}

/**
 * Memory, then a layer that processes share, then the source.
 *
 * Units      ms.
 * Bounds     no value older than `maxAgeMs` (PG-31), as far as the clocks of the processes agree; `maxEntries` in memory;
 *            one load per key at a time.
 * Errors     what the source fails with, to all who wait for it; KERNEL_DEADLINE_EXCEEDED after `loadMs`.
 * Source     docs/spec/archive-postgres.md, "Layered cache".
 */
export class LayeredCache<V> {
  private readonly parts: CacheParts<V>;
  private readonly bounds: CacheBounds;
  private readonly clock: Clock;
  private readonly local: LocalLayer<V>;
  private readonly flights: SharedLoads<V | undefined>;
  /** The load that may fill the layers, by key: one that `invalidate` took out may not. */
  private readonly loads = new Map<string, Load>();
  private readonly counts = { localHits: 0, sharedHits: 0, loads: 0, failedLoads: 0, sharedFailures: 0 };

  constructor(parts: CacheParts<V>) {
    this.parts = parts;
    this.bounds = { ...CACHE_DEFAULTS, ...parts.bounds };
    checkBounds(this.bounds);
    this.clock = parts.scope.context.clock;
    this.local = new LocalLayer(this.bounds.maxEntries);
    this.flights = new SharedLoads("cache", parts.scope);
  }

  get figures(): CacheFigures {
    return { entries: this.local.size, ...this.counts };
  }

  /** The value, from the nearest layer that has it; undefined when the source has none. */
  get(key: string, ctx: Context): Promise<V | undefined> {
    const held = this.local.get(key, this.clock.now());
    if (held === undefined) return this.flights.do(key, (own) => this.fetch(key, own), ctx);
    this.counts.localHits += 1;
    return Promise.resolve(held.value);
  }

  /**
   * Makes the next `get` ask the source. What this process was told earlier is gone from both layers; other processes may
   * give theirs for `maxAgeMs` more.
   *
   * Errors     those of the shared layer: then a value may come back from there, until it is too old.
   */
  async invalidate(key: string, ctx: Context): Promise<void> {
    const under = this.loads.get(key);
    this.forget(key);
    // What is on its way to the shared layer would arrive after the deletion.
    await under?.filling;
    try {
      await this.parts.shared?.delete(key, ctx);
    } finally {
      // Who asked meanwhile may have found the old value in the shared layer.
      this.forget(key);
    }
  }

  private forget(key: string): void {
    this.loads.delete(key);
    this.flights.forget(key);
    this.local.delete(key);
  }

  private async fetch(key: string, ctx: Context): Promise<V | undefined> {
    const load: Load = { filling: undefined };
    this.loads.set(key, load);
    try {
      const known = await this.askShared(key, ctx);
      if (known !== undefined) {
        this.counts.sharedHits += 1;
        const age = this.clock.wall() - known.loadedAt;
        if (this.mayFill(key, load)) this.keep(key, known.value, this.clock.now() - age);
        return known.value;
      }
      const began = { now: this.clock.now(), wall: this.clock.wall() };
      const value = await this.load(key, ctx);
      if (!this.mayFill(key, load)) return value;
      this.keep(key, value, began.now);
      load.filling = this.tellShared(key, { value, loadedAt: began.wall }, ctx);
      await load.filling;
      return value;
    } finally {
      if (this.mayFill(key, load)) this.loads.delete(key);
    }
  }

  private mayFill(key: string, load: Load): boolean {
    return this.loads.get(key) === load;
  }

  private keep(key: string, value: V | undefined, since: number): void {
    this.local.set(key, value, since + this.lifeOf(value));
  }

  private lifeOf(value: V | undefined): number {
    return value === undefined ? this.bounds.absentMaxAgeMs : this.bounds.maxAgeMs;
  }

  private async load(key: string, ctx: Context): Promise<V | undefined> {
    this.counts.loads += 1;
    using limited = ctx.cancellable({ timeout: this.bounds.loadMs, name: "load for the cache" });
    try {
      return await unlessCancelled(this.parts.load(key, limited), limited);
    } catch (error) {
      this.counts.failedLoads += 1;
      throw error;
    }
  }

  /** What the shared layer has, if it may still be given. */
  private async askShared(key: string, ctx: Context): Promise<CacheEntry<V> | undefined> {
    const entry = await this.withShared((shared, own) => shared.get(key, own), ctx);
    if (entry === undefined) return undefined;
    // A process whose clock is ahead of ours: how old its value is nobody knows.
    const age = this.clock.wall() - entry.loadedAt;
    return age >= 0 && age <= this.lifeOf(entry.value) ? entry : undefined;
  }

  private async tellShared(key: string, entry: CacheEntry<V>, ctx: Context): Promise<void> {
    const life = this.lifeOf(entry.value) - (this.clock.wall() - entry.loadedAt);
    if (life > 0) await this.withShared((shared, own) => shared.set(key, entry, life, own), ctx);
  }

  /** The cache is for speed: without the shared layer it is slower, not down. */
  private async withShared<T>(
    call: (shared: SharedLayer<V>, ctx: Context) => Promise<T>,
    ctx: Context,
  ): Promise<T | undefined> {
    const { shared } = this.parts;
    if (shared === undefined) return undefined;
    using limited = ctx.cancellable({ timeout: this.bounds.sharedMs, name: "shared cache" });
    try {
      return await unlessCancelled(call(shared, limited), limited);
    } catch {
      ctx.throwIfCancelled();
      this.counts.sharedFailures += 1;
      return undefined;
    }
  }
}

function checkBounds(bounds: CacheBounds): void {
  for (const [name, value] of Object.entries(bounds) as [string, number][]) {
    if (!(Number.isSafeInteger(value) && value >= 1)) {
      throw new InvalidArgumentError(name, "a whole number of 1 or more", value);
    }
  }
  // Otherwise a value could be too old when its own load ends.
  const { maxAgeMs, absentMaxAgeMs, loadMs, sharedMs } = bounds;
  const longest = Math.min(maxAgeMs, absentMaxAgeMs);
  if (loadMs + sharedMs > longest) {
    throw new InvalidArgumentError(
      "loadMs + sharedMs",
      `at most the smaller age, ${longest}`,
      loadMs + sharedMs,
    );
  }
}
