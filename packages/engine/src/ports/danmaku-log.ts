import type { Context } from "@barrage/kernel";
import type { Entry } from "@barrage/protocol";

/** A record with its place in the log. */
export interface LogRecord {
  /** Strictly increasing over the log's partition, so also in each room. An embedded log has one partition. */
  readonly seq: number;
  readonly room: string;
  readonly entry: Entry;
  /** False for imported history: archived, never fanned out. */
  readonly live: boolean;
}

/** What makes a retry find the first answer. Unique in the append's own transaction. */
export interface IdempotencyKey {
  /** Room and sender: two users may choose the same `client_msg_id`. */
  readonly scope: string;
  readonly id: string;
  /** Hash of the body; the same key with another hash is refused with BARRAGE_IDEMPOTENCY_CONFLICT. */
  readonly bodyHash: string;
}

export interface AppendRequest {
  readonly room: string;
  readonly entry: Entry;
  /** Default true. */
  readonly live?: boolean;
  readonly key?: IdempotencyKey;
  /** Id of the held danmaku that this append releases: both happen or neither. */
  readonly releases?: string;
}

/** `repeated`: the key was seen before; `id` and `seq` are the first one's, nothing was written. */
export type AppendOutcome =
  | { readonly status: "appended"; readonly id: string; readonly seq: number }
  | { readonly status: "repeated"; readonly id: string; readonly seq: number }
  | { readonly status: "held"; readonly id: string };

/** A danmaku that waits for a moderator. */
export interface HeldDanmaku {
  readonly room: string;
  readonly entry: Entry;
  readonly matched: readonly string[];
}

export interface LogStats {
  /** Appends that wait for their group's commit. */
  readonly queued: number;
  readonly queuedBytes: number;
  readonly groups: number;
  readonly appended: number;
  readonly head: number;
  /** Set once the log stopped taking appends (disk full, corrupt file); a sentence for the operator. */
  readonly failed?: string;
}

/**
 * The side of the log that ingest, moderators and coordinators use.
 *
 * Errors     BARRAGE_LOG_UNAVAILABLE (outcome unknown or disk failed; retry with the same key), BARRAGE_OVERLOADED,
 *            BARRAGE_IDEMPOTENCY_CONFLICT, BARRAGE_HELD_UNKNOWN (a `releases` that is not held any more).
 */
export interface LogWriter {
  append(request: AppendRequest, ctx: Context): Promise<AppendOutcome>;
  /** Many at once, in order, in one transaction: for imports. */
  appendAll(requests: readonly AppendRequest[], ctx: Context): Promise<readonly AppendOutcome[]>;
  /** Puts a danmaku into the moderators' queue, under the same keys as `append`. */
  hold(held: HeldDanmaku, key: IdempotencyKey | undefined, ctx: Context): Promise<AppendOutcome>;
  /** What the first append or hold under this key came to; undefined for a key never used. Another body hash is a conflict. */
  lookup(key: IdempotencyKey, ctx: Context): Promise<AppendOutcome | undefined>;
  held(room: string, limit: number, ctx: Context): Promise<readonly HeldDanmaku[]>;
  findHeld(room: string, id: string, ctx: Context): Promise<HeldDanmaku | undefined>;
  /** Removes a held danmaku without publishing it; false if it was not there. */
  dismiss(room: string, id: string, ctx: Context): Promise<boolean>;
  /** Overwrites everything a user wrote (log, held queue) with nothing; returns the number of records changed. */
  erase(uid: string, ctx: Context): Promise<number>;
}

/**
 * One partition of the log as those who follow it see it: the rooms that live in it, in one order.
 * Who follows a log of several partitions does so partition by partition; nothing orders two of them.
 */
export interface LogPartition {
  /** Up to `limit` records with seq > `after`, of all its rooms or of one. */
  read(after: number, limit: number, ctx: Context, room?: string): Promise<readonly LogRecord[]>;
  /**
   * Everything after `after`, then what is appended, in order, without end until `ctx` is cancelled. Each record once,
   * also where the log had to store a retry twice.
   */
  follow(after: number, ctx: Context): AsyncIterable<readonly LogRecord[]>;
  /** The seq that this consumer committed last; 0 for none. */
  committed(consumer: string, ctx: Context): Promise<number>;
  commit(consumer: string, seq: number, ctx: Context): Promise<void>;
  /** Drops what is older than the policy allows, never above `floor` (what consumers still need). */
  retain(policy: RetentionPolicy, floor: number, ctx: Context): Promise<RetentionOutcome>;
}

/**
 * The durable, ordered log of all rooms, whole in one partition.
 *
 * Shape      many appenders, one order. `append` and `hold` resolve only after the record is durable.
 * Bounds     appends that wait are bounded in bytes; over it `append` fails with BARRAGE_OVERLOADED.
 */
export interface DanmakuLog extends LogWriter, LogPartition {
  readonly stats: LogStats;
  close(): Promise<void>;
}

/** The same log in several partitions: a room lives in one of them, for as long as their number stays. */
export interface PartitionedLog extends LogWriter {
  readonly partitions: number;
  partitionOf(room: string): number;
  partition(index: number): LogPartition;
  /** `head` is the highest seq of any partition, for people only. */
  readonly stats: LogStats;
  close(): Promise<void>;
}

export interface RetentionPolicy {
  /** Wall clock, ms: records before it go. */
  readonly before: number;
  /** Idempotency keys before it go. */
  readonly keysBefore: number;
  /** Size on disk above which the oldest records go too. */
  readonly maxBytes: number;
}

export interface RetentionOutcome {
  readonly records: number;
  readonly keys: number;
  readonly bytes: number;
}
