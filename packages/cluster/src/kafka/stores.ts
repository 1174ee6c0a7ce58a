import type { AppendOutcome, HeldDanmaku, IdempotencyKey } from "@barrage/engine";
import type { Context } from "@barrage/kernel";

/** What a claim found: it is ours now, somebody else's append under it is on its way, or it has its answer already. */
export type Claim =
  | { readonly status: "claimed"; readonly id: string }
  | { readonly status: "pending" }
  | { readonly status: "settled"; readonly outcome: AppendOutcome };

/**
 * What became of idempotency keys. Kafka cannot look one up, so they stand beside it; implemented on Redis Cluster.
 *
 * Shape      one key goes claimed -> settled, or back to nothing by `release` or when its lease ends.
 * Errors     BARRAGE_IDEMPOTENCY_CONFLICT from `claim` and `lookup` for another body hash; any failure of the store
 *            itself is thrown, and the append is then answered with BARRAGE_LOG_UNAVAILABLE.
 */
export interface KeyStore {
  /**
   * Takes the key for a record with this id. A claim whose lease has ended is taken over **with its first id**: if that
   * append was stored after all, both records have one id, and readers leave the second one out.
   */
  claim(key: IdempotencyKey, id: string, leaseMs: number, ctx: Context): Promise<Claim>;
  /** The answer of everybody who comes with this key from now on. */
  settle(key: IdempotencyKey, outcome: AppendOutcome, ctx: Context): Promise<void>;
  /** What was claimed is known not to have been stored: the key is as if never used. */
  release(key: IdempotencyKey, ctx: Context): Promise<void>;
  /** Nobody knows whether it was stored: the next claim takes it over at once, with its id. */
  abandon(key: IdempotencyKey, ctx: Context): Promise<void>;
  /** The answer; undefined for a key that was never used or is not settled. */
  lookup(key: IdempotencyKey, ctx: Context): Promise<AppendOutcome | undefined>;
  /** Forgets what was settled before `before` (ms) and says how many; 0 where keys expire by themselves. */
  forget(before: number, ctx: Context): Promise<number>;
}

/** What a release of a held danmaku found. */
export type Release =
  | { readonly status: "held"; readonly key?: IdempotencyKey }
  | { readonly status: "released"; readonly seq: number };

/** Danmaku that wait for a moderator; implemented on Redis Cluster. Bounded in number: over it BARRAGE_OVERLOADED. */
export interface HeldStore {
  /** Once by id; the key is the one that it was held under. */
  put(held: HeldDanmaku, key: IdempotencyKey | undefined, ctx: Context): Promise<void>;
  /** Oldest first. */
  list(room: string, limit: number, ctx: Context): Promise<readonly HeldDanmaku[]>;
  find(room: string, id: string, ctx: Context): Promise<HeldDanmaku | undefined>;
  /** What an append that releases it will find; undefined when it is neither held nor released. */
  release(room: string, id: string, ctx: Context): Promise<Release | undefined>;
  /** It is in the log now: no longer listed, and a repeated release is answered with this seq. */
  released(room: string, id: string, seq: number, ctx: Context): Promise<void>;
  dismiss(room: string, id: string, ctx: Context): Promise<boolean>;
  /** Takes out what this user wrote; says how many. */
  erase(uid: string, ctx: Context): Promise<number>;
}

/**
 * Users that were erased. A record of Kafka cannot be overwritten: every reader blanks what such a user wrote before,
 * and the bytes go with the topic's retention.
 */
export interface ErasedUsers {
  /** Everything that `uid` wrote up to `at` (ms). Other processes must see it within a second. */
  add(uid: string, at: number, ctx: Context): Promise<void>;
  /** Up to which moment this user is erased; undefined for nobody. Answered from memory: asked for every record. */
  erasedUpTo(uid: string): number | undefined;
}

export interface LogStores {
  readonly keys: KeyStore;
  readonly held: HeldStore;
  readonly erased: ErasedUsers;
}
