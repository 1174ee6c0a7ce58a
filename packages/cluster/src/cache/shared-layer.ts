import type { Context } from "@barrage/kernel";

/** A value as layers keep it. */
export interface CacheEntry<V> {
  /** Undefined: the source has none. */
  readonly value: V | undefined;
  /** Wall clock at which its load began, ms: what a reader of another process counts its age from. */
  readonly loadedAt: number;
}

/** A layer that the processes of a cluster share. It may fail and forget at any time. */
export interface SharedLayer<V> {
  get(key: string, ctx: Context): Promise<CacheEntry<V> | undefined>;
  /** Keeps it for `lifeMs` at most. */
  set(key: string, entry: CacheEntry<V>, lifeMs: number, ctx: Context): Promise<void>;
  delete(key: string, ctx: Context): Promise<void>;
}
