import type { LogPartition, LogRecord, RetentionOutcome, RetentionPolicy } from "@barrage/engine";
import type { Broker, ConnectionPool } from "@platformatic/kafka";
import { Backoff, sleep, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { clusterError } from "../errors.ts";
import { blankEntry } from "./blank-entry.ts";
import { groupOffsets, offsetsOf } from "./epoch.ts";
import type { TopicSize } from "./epoch.ts";
import { isRetryable, KAFKA_CODE, nameOfCode } from "./failure.ts";
import { fetchRecords } from "./fetch-request.ts";
import type { Fetched, FetchedRecord } from "./fetch-request.ts";
import { JudgedRecords } from "./judged-records.ts";
import { connectTo } from "./kafka-link.ts";
import type { KafkaLink, TopicView } from "./kafka-link.ts";
import { decodeRecord } from "./record-codec.ts";
import type { RecordContent } from "./record-codec.ts";
import { offsetAfter, seqOf } from "./seq.ts";
import type { KafkaSettings } from "./settings.ts";
import type { ErasedUsers } from "./stores.ts";

/** Bytes of one answer; a batch that is larger comes whole. */
const FETCH_BYTES = 1024 * 1024;
/** How long the broker holds an answer when there is nothing new, ms: what an idle partition costs is two requests a second. */
const FOLLOW_WAIT_MS = 500;
/** Pause before a broker that failed is asked again, ms: from the first to the longest. */
const RETRY_FIRST_MS = 50;
const RETRY_LONGEST_MS = 1_000;

export interface ReaderParts {
  readonly link: KafkaLink;
  readonly topic: string;
  readonly view: TopicView;
  readonly settings: KafkaSettings;
  readonly erased: ErasedUsers;
  /** Connections for answers that come at once. */
  readonly pool: ConnectionPool;
  /** The log's own context: cancelled by its `close`. */
  readonly ctx: Context;
  readonly onRead: (seq: number) => void;
}

/** A place in the partition, and where its leader was last. */
interface Cursor {
  offset: number;
  leader: Broker | undefined;
  readonly pool: ConnectionPool;
}

/**
 * One partition of the topic, for those who follow it.
 *
 * Shape      each follower has a connection of its own, for a broker that waits for news answers nothing else on it.
 *            A broker that is gone is asked for again without end; the follower goes on where it was.
 * Bounds     a follower holds one answer of the broker, 1 MiB, and the names of `repeatHorizon` records; so does one read
 *            that has more to come.
 * Errors     KAFKA_RECORD_INVALID for a record that is none of ours: to pass over it would be to lose it silently.
 *            BARRAGE_DRAINING once the log is closed.
 */
export class PartitionReader implements LogPartition {
  private readonly parts: ReaderParts;
  private readonly index: number;
  /** What the first of those who follow has judged, or a read that is to be gone on with. */
  private judged: JudgedRecords | undefined = undefined;
  private followed: JudgedRecords | undefined = undefined;

  constructor(parts: ReaderParts, index: number) {
    this.parts = parts;
    this.index = index;
  }

  async read(after: number, limit: number, ctx: Context, room?: string): Promise<readonly LogRecord[]> {
    const records: LogRecord[] = [];
    const start = offsetAfter(this.epoch, after);
    const { judged, begin } = this.judgedFrom(start);
    const cursor = this.cursor(begin, this.parts.pool);
    while (records.length < limit) {
      const { records: fetched, end } = await this.next(cursor, 0, ctx);
      for (const record of fetched) {
        if (records.length === limit) break;
        const content = this.contentOf(record);
        if (judged.isRepeat(record.offset, content) || record.offset < start) continue;
        if (room === undefined || content.room === room) records.push(this.recordOf(record, content));
      }
      if (cursor.offset >= end) break;
    }
    // Whoever reads page by page goes on where this one ends; a last page needs nothing kept.
    this.judged = this.followed ?? (records.length < limit ? undefined : judged);
    return records;
  }

  async *follow(after: number, ctx: Context): AsyncGenerator<readonly LogRecord[], void> {
    const pool = this.parts.link.pool();
    const start = offsetAfter(this.epoch, after);
    const { judged, begin } = this.judgedFrom(start);
    this.followed ??= judged;
    this.judged = this.followed;
    try {
      const cursor = this.cursor(begin, pool);
      while (true) {
        const { records } = await this.next(cursor, FOLLOW_WAIT_MS, ctx);
        const fresh: LogRecord[] = [];
        for (const record of records) {
          const content = this.contentOf(record);
          const isRepeat = judged.isRepeat(record.offset, content);
          if (!isRepeat && record.offset >= start) fresh.push(this.recordOf(record, content));
        }
        const last = fresh.at(-1);
        if (last === undefined) continue;
        this.parts.onRead(last.seq);
        yield fresh;
      }
    } finally {
      if (this.followed === judged) this.judged = this.followed = undefined;
      await pool.close();
    }
  }

  async committed(consumer: string, ctx: Context): Promise<number> {
    const offsets = await groupOffsets(this.parts.link, this.size, consumer, ctx);
    const next = offsets[this.index] ?? -1;
    return next <= 0 ? 0 : seqOf(this.epoch, next - 1);
  }

  /** For a consumer that is no member of a group; members commit through their membership, which fences. */
  async commit(consumer: string, seq: number, ctx: Context): Promise<void> {
    const partitionOffsets = [{ partition: this.index, offset: BigInt(offsetAfter(this.epoch, seq)) }];
    const topics = [{ name: this.parts.topic, partitionOffsets }];
    await this.parts.link.ask(
      "a commit without a member",
      (admin) => admin.alterConsumerGroupOffsets({ groupId: consumer, topics }),
      ctx,
    );
  }

  /** Age is by append, in the broker's time; the size of a topic in a cluster is not bounded, its age is. */
  async retain({ before }: RetentionPolicy, floor: number, ctx: Context): Promise<RetentionOutcome> {
    const first = await this.edge("earliest", ctx);
    const end = await this.edge("latest", ctx);
    const young = await this.edge({ from: before }, ctx);
    // -1: nothing is as young as that.
    const until = Math.min(young < 0 ? end : young, offsetAfter(this.epoch, floor), end);
    if (until <= first) return { records: 0, keys: 0, bytes: 0 };
    const partitions = [{ partition: this.index, offset: BigInt(until) }];
    const topics = [{ name: this.parts.topic, partitions }];
    await this.parts.link.ask("a deletion of records", (admin) => admin.deleteRecords({ topics }), ctx);
    return { records: until - first, keys: 0, bytes: 0 };
  }

  /** seq of the last record, 0 when none was ever appended. */
  async head(ctx: Context): Promise<number> {
    const end = await this.edge("latest", ctx);
    return end === 0 ? 0 : seqOf(this.epoch, end - 1);
  }

  private get size(): TopicSize {
    return { topic: this.parts.topic, partitions: this.parts.settings.partitions };
  }

  private get epoch(): number {
    return this.parts.settings.epoch;
  }

  private async edge(which: Parameters<typeof offsetsOf>[2], ctx: Context): Promise<number> {
    return (await offsetsOf(this.parts.link, this.size, which, ctx))[this.index] ?? 0;
  }

  private cursor(offset: number, pool: ConnectionPool): Cursor {
    return { offset, leader: this.parts.view.leaders[this.index], pool };
  }

  /** What tells a reader from `start` on which records are repeats, and where it has to begin for that. */
  private judgedFrom(start: number): { readonly judged: JudgedRecords; readonly begin: number } {
    if (this.judged?.covers(start) === true) return { judged: this.judged, begin: start };
    const judged = new JudgedRecords(start, this.parts.settings.repeatHorizon);
    return { judged, begin: judged.end };
  }

  /** The next answer of the broker that leads, whoever that is by then; the cursor stands behind it. */
  private async next(cursor: Cursor, waitMs: number, ctx: Context): Promise<Fetched> {
    const backoff = new Backoff({ base: RETRY_FIRST_MS, max: RETRY_LONGEST_MS, jitter: "decorrelated" });
    for (;;) {
      ctx.throwIfCancelled();
      if (this.parts.ctx.cancelled) throw protocolError("BARRAGE_DRAINING");
      const fetched = await this.attempt(cursor, waitMs, ctx);
      if (fetched?.code === KAFKA_CODE.none) {
        cursor.offset = fetched.next;
        return fetched;
      }
      if (fetched !== undefined && fetched.code === KAFKA_CODE.offsetOutOfRange) {
        // Retention has passed this place. Its floor is what consumers committed, so nobody misses what is gone.
        cursor.offset = Math.max(cursor.offset, await this.edge("earliest", ctx));
      } else if (fetched !== undefined && !isRetryable(fetched.code)) {
        const reason = nameOfCode(fetched.code);
        throw clusterError("KAFKA_REFUSED", { operation: "a read", topic: this.parts.topic, reason });
      }
      await sleep(backoff.next(), ctx);
      cursor.leader = await this.leader(ctx);
    }
  }

  /** Undefined when the broker did not answer. */
  private async attempt(cursor: Cursor, waitMs: number, ctx: Context): Promise<Fetched | undefined> {
    const { offset, leader, pool } = cursor;
    if (leader === undefined) return undefined;
    const where = { topicId: this.parts.view.id, partition: this.index, offset };
    const kind = waitMs === 0 ? "read" : "follow";
    const send = async (own: Context): Promise<Fetched> => {
      const connection = await connectTo(pool, leader, own);
      const asked = fetchRecords(connection, { ...where, waitMs, maxBytes: FETCH_BYTES });
      return unlessCancelled(asked, this.parts.ctx);
    };
    try {
      return await this.parts.link.calls.ofBroker(leader, { operation: "a read", kind }, send, ctx);
    } catch {
      // Gone, silent, or left alone: whoever leads next is asked.
      ctx.throwIfCancelled();
      return undefined;
    }
  }

  private async leader(ctx: Context): Promise<Broker | undefined> {
    try {
      return (await this.parts.link.view(this.parts.topic, ctx)).leaders[this.index];
    } catch {
      // No broker answers: asked again after the next pause.
      ctx.throwIfCancelled();
      return undefined;
    }
  }

  private contentOf({ offset, key, value, headers }: FetchedRecord): RecordContent {
    const decoded = decodeRecord(key, value, headers);
    if ("content" in decoded) return decoded.content;
    const { topic } = this.parts;
    throw clusterError("KAFKA_RECORD_INVALID", {
      offset,
      topic,
      partition: this.index,
      reason: decoded.fault,
    });
  }

  private recordOf({ offset }: FetchedRecord, { room, entry, live }: RecordContent): LogRecord {
    const erasedUpTo = this.parts.erased.erasedUpTo(entry.author.uid);
    const shown = erasedUpTo !== undefined && entry.at <= erasedUpTo ? blankEntry(entry) : entry;
    return { seq: seqOf(this.epoch, offset), room, entry: shown, live };
  }
}
