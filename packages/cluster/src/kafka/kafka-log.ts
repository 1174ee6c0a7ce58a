import type {
  AppendOutcome,
  AppendRequest,
  HeldDanmaku,
  IdempotencyKey,
  LogStats,
  PartitionedLog,
} from "@barrage/engine";
import { background, Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { murmur2 } from "@platformatic/kafka";
import type { ConnectionPool } from "@platformatic/kafka";
import { SharedLoads } from "../cache/shared-loads.ts";
import { AcknowledgedPlaces } from "./acknowledged-places.ts";
import { AppendMany } from "./append-many.ts";
import type { StoreMany } from "./append-many.ts";
import { requireDrained } from "./epoch.ts";
import { FirstPlaces } from "./first-places.ts";
import { findWay } from "./group-consumer.ts";
import { GroupMember, HEARTBEAT_MS, SESSION_TIMEOUT_MS } from "./group-member.ts";
import type { GroupMemberOptions, PartitionWork } from "./group-member.ts";
import { HeldReleases } from "./held-releases.ts";
import type { KafkaCallHealth } from "./kafka-calls.ts";
import { KafkaLink } from "./kafka-link.ts";
import type { TopicView } from "./kafka-link.ts";
import { KeyedAppend } from "./keyed-append.ts";
import { PartitionReader } from "./partition-reader.ts";
import { Producer } from "./producer.ts";
import { encodeRecord, sizeOf } from "./record-codec.ts";
import type { StoredRecord } from "./record-codec.ts";
import { seqOf } from "./seq.ts";
import { claimLeaseMs, topicOf, withDefaults } from "./settings.ts";
import type { KafkaOptions, KafkaSettings } from "./settings.ts";
import type { LogStores } from "./stores.ts";
import { openTopic } from "./topic.ts";

/** Java's clients clear the sign of the hash; so do we, and any tool finds a room's partition. */
const POSITIVE = 0x7fffffff;

export interface KafkaLogOptions extends KafkaOptions {
  /** Group of the log's consumers: a new epoch begins only when it has passed all of the one before. */
  readonly group: string;
  /** Further ones of which the same holds: nobody reads the epoch before any more. */
  readonly otherGroups?: readonly string[];
  readonly stores: LogStores;
}

interface LogParts {
  readonly link: KafkaLink;
  readonly settings: KafkaSettings;
  readonly view: TopicView;
  readonly stores: LogStores;
  readonly ctx: Context;
}

/**
 * The danmaku log on a Kafka topic, one order per partition; a room lives in the partition of its name's hash.
 *
 * Shape      any number of processes append; each partition is followed by whoever owns it.
 * Bounds     appends that wait: `maxAppends` and `maxBytes`. Each is answered within `deliveryTimeoutMs`.
 * Errors     those of the port. `stats.failed` says while Kafka takes nothing; it is tried again without end.
 * Source     docs/adr/0007-partitioned-log.md; rules KL-1 to KL-44 in docs/spec/cluster-log.md.
 */
export class KafkaLog implements PartitionedLog {
  readonly partitions: number;
  private readonly parts: LogParts;
  private readonly producer: Producer;
  private readonly pool: ConnectionPool;
  private readonly scope: Scope;
  private readonly readers: readonly PartitionReader[];
  private readonly firstPlaces: readonly FirstPlaces[];
  private readonly keyed: KeyedAppend;
  private readonly many: AppendMany;
  private readonly releases: HeldReleases;
  private readonly acknowledgedPlaces = new AcknowledgedPlaces();
  private appended = 0;
  private head = 0;
  private closing: Promise<void> | undefined = undefined;

  private constructor(parts: LogParts) {
    const { link, settings, view, stores, ctx } = parts;
    this.parts = parts;
    this.partitions = settings.partitions;
    const topic = topicOf(settings.topic, settings.epoch);
    // Detached: the log ends by `close`, after everybody who may still append; not when its maker is told to stop.
    this.scope = new Scope(ctx.detached(), { name: "kafka log", onError: "report" });
    this.producer = new Producer(link, topic, view, { settings, ctx });
    this.pool = link.pool();
    const shared = { link, topic, view, settings, erased: stores.erased, pool: this.pool };
    const reader = { ...shared, ctx: this.scope.context, onRead: (seq: number) => this.reached(seq) };
    this.readers = view.leaders.map((_, index) => new PartitionReader(reader, index));
    const { scope } = this;
    this.firstPlaces = this.readers.map((one) => new FirstPlaces(one, settings.repeatHorizon, scope));
    const leaseMs = claimLeaseMs(settings);
    const flights = new SharedLoads<AppendOutcome>("keyed append", scope);
    this.keyed = new KeyedAppend(stores.keys, leaseMs, flights);
    this.many = new AppendMany(stores.keys, leaseMs, {
      store: (records, own) => this.storeMany(records, own),
      firstPlace: ({ room, id, seq }, own) => this.firstPlace(room, id, seq, own),
    });
    this.releases = new HeldReleases(stores.held, stores.keys, scope);
  }

  /** Finds or makes the topic, and refuses one that could lose or reorder what is acknowledged. */
  static async open(options: KafkaLogOptions, ctx: Context = background): Promise<KafkaLog> {
    const { stores, group, otherGroups = [], ...rest } = options;
    const settings = withDefaults(rest);
    const link = new KafkaLink(settings, ctx);
    await using undo = new AsyncDisposableStack();
    undo.defer(() => link.close());
    // Before the topic is made: whoever is to drain the epoch before may have to be started again for that.
    await requireDrained(link, settings, [group, ...otherGroups], ctx);
    const view = await openTopic(link, settings, ctx);
    const log = new KafkaLog({ link, settings, view, stores, ctx });
    undo.defer(() => log.close());
    for (const reader of log.readers) log.reached(await reader.head(ctx));
    undo.move();
    return log;
  }

  get stats(): LogStats {
    const { queued, queuedBytes, requests, trouble } = this.producer;
    const { appended, head } = this;
    const failed = trouble === undefined ? {} : { failed: trouble };
    return { queued, queuedBytes, groups: requests, appended, head, ...failed };
  }

  /** Brokers by the state of their circuits, and what became of the calls. */
  get calls(): KafkaCallHealth {
    return this.parts.link.calls.health;
  }

  partitionOf(room: string): number {
    return (murmur2(Buffer.from(room)) & POSITIVE) % this.partitions;
  }

  partition(index: number): PartitionReader {
    const reader = this.readers[index];
    if (reader === undefined) throw new RangeError(`there is no partition ${index}`);
    return reader;
  }

  /**
   * Takes part in the log's consumer group until `ctx` is cancelled: `work` runs for each partition while it is ours.
   *
   * Example   await log.consume({ group: "router", instanceId: "router-1" }, async (owned, ctx) => { ... }, ctx);
   */
  consume(options: GroupMemberOptions, work: PartitionWork, ctx: Context): Promise<void> {
    this.refuseWhenClosed();
    return new GroupMember(this.parts.link, this.parts.settings, options, work).run(ctx);
  }

  /**
   * Goes the way of `consume` up to where the group would be told: whoever takes part soon finds the code of it
   * loaded and compiled.
   */
  async rehearse(options: Pick<GroupMemberOptions, "group" | "instanceId">, ctx: Context): Promise<void> {
    this.refuseWhenClosed();
    const { link, settings } = this.parts;
    const own = { sessionTimeoutMs: SESSION_TIMEOUT_MS, heartbeatMs: HEARTBEAT_MS, ...options };
    await findWay(link, settings, own, ctx);
    await this.partition(0).committed(options.group, ctx);
  }

  /** seq of the last record of the room that this process has acknowledged; 0 where it knows of none (KL-47). */
  acknowledged(room: string): number {
    return this.acknowledgedPlaces.of(room);
  }

  async append(request: AppendRequest, ctx: Context): Promise<AppendOutcome> {
    const outcome = await this.appendOne(request, ctx);
    this.acknowledgedPlaces.note(request.room, outcome);
    return outcome;
  }

  private appendOne(request: AppendRequest, ctx: Context): Promise<AppendOutcome> {
    this.refuseWhenClosed();
    const { key, releases } = request;
    const stored = this.storing(request);
    if (releases !== undefined) {
      return this.releases.run(request, releases, (own) => stored(request.entry.id, own), ctx);
    }
    const store = async (id: string, own: Context): Promise<AppendOutcome> => {
      const seq = await stored(id, own);
      // Under an id that was begun before it may have been stored before, and readers are given it there.
      const isFirst = id === request.entry.id;
      return {
        status: "appended",
        id,
        seq: isFirst ? seq : await this.firstPlace(request.room, id, seq, own),
      };
    };
    return key === undefined
      ? store(request.entry.id, ctx)
      : this.keyed.run(key, request.entry.id, store, ctx);
  }

  /** In one batch of the broker per partition, which is stored whole or not at all; larger ones in several, in order. */
  async appendAll(requests: readonly AppendRequest[], ctx: Context): Promise<readonly AppendOutcome[]> {
    this.refuseWhenClosed();
    ctx.throwIfCancelled();
    const outcomes = await this.many.run(requests, ctx);
    for (const [i, { room }] of requests.entries()) {
      const outcome = outcomes[i];
      if (outcome !== undefined) this.acknowledgedPlaces.note(room, outcome);
    }
    return outcomes;
  }

  async hold(held: HeldDanmaku, key: IdempotencyKey | undefined, ctx: Context): Promise<AppendOutcome> {
    this.refuseWhenClosed();
    ctx.throwIfCancelled();
    const store = async (id: string, own: Context): Promise<AppendOutcome> => {
      const entry = id === held.entry.id ? held.entry : { ...held.entry, id };
      await this.parts.stores.held.put({ ...held, entry }, key, own);
      return { status: "held", id };
    };
    return key === undefined ? store(held.entry.id, ctx) : this.keyed.run(key, held.entry.id, store, ctx);
  }

  lookup(key: IdempotencyKey, ctx: Context): Promise<AppendOutcome | undefined> {
    return this.keyed.lookup(key, ctx);
  }

  held(room: string, limit: number, ctx: Context): Promise<readonly HeldDanmaku[]> {
    return this.parts.stores.held.list(room, limit, ctx);
  }

  findHeld(room: string, id: string, ctx: Context): Promise<HeldDanmaku | undefined> {
    return this.parts.stores.held.find(room, id, ctx);
  }

  dismiss(room: string, id: string, ctx: Context): Promise<boolean> {
    return this.parts.stores.held.dismiss(room, id, ctx);
  }

  /** Blanks the user's records for every reader, and takes out what is held; only that is counted. */
  async erase(uid: string, ctx: Context): Promise<number> {
    const { erased, held } = this.parts.stores;
    await erased.add(uid, ctx.clock.wall(), ctx);
    return held.erase(uid, ctx);
  }

  /** Answers what was taken, then ends; who follows gets BARRAGE_DRAINING. */
  close(): Promise<void> {
    return (this.closing ??= this.finish());
  }

  private async finish(): Promise<void> {
    await this.producer.close();
    await this.scope[Symbol.asyncDispose]();
    await this.pool.close();
    await this.parts.link.close();
  }

  private refuseWhenClosed(): void {
    if (this.closing !== undefined) throw protocolError("BARRAGE_DRAINING");
  }

  private reached(seq: number): void {
    this.head = Math.max(this.head, seq);
  }

  private firstPlace(room: string, id: string, seq: number, ctx: Context): Promise<number> {
    return this.firstPlaces[this.partitionOf(room)]?.find({ room, id, seq }, ctx) ?? Promise.resolve(seq);
  }

  /** Stores the request's record under an id, and resolves with its seq. */
  private storing({
    room,
    entry,
    live = true,
    key,
  }: AppendRequest): (id: string, own: Context) => Promise<number> {
    return async (id, own) => {
      const named = id === entry.id ? entry : { ...entry, id };
      const record = encodeRecord({ room, entry: named, live, ...(key === undefined ? {} : { key }) });
      const [seq] = await this.store(this.partitionOf(room), [record], own);
      return seq ?? 0;
    };
  }

  /** In slices that fit into one batch, by partition, in order. */
  private async storeMany(...[records, ctx]: Parameters<StoreMany>): Promise<readonly number[]> {
    const places = records.map(({ request: { room, entry, live = true, key }, id }, at) => {
      const named = id === entry.id ? entry : { ...entry, id };
      const record = encodeRecord({ room, entry: named, live, ...(key === undefined ? {} : { key }) });
      return { at, partition: this.partitionOf(room), record, bytes: sizeOf(record) };
    });
    const seqs: number[] = [];
    for (const [partition, all] of Map.groupBy(places, (place) => place.partition)) {
      for (const slice of slicesOf(all, this.parts.settings.batchBytes)) {
        const stored = await this.store(
          partition,
          slice.map(({ record }) => record),
          ctx,
        );
        for (const [i, { at }] of slice.entries()) seqs[at] = stored[i] ?? 0;
      }
    }
    return seqs;
  }

  private async store(
    partition: number,
    records: readonly StoredRecord[],
    ctx: Context,
  ): Promise<readonly number[]> {
    const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
    const first = await this.producer.append(partition, records, bytes, ctx);
    const seqs = records.map((_, i) => seqOf(this.parts.settings.epoch, first + i));
    this.appended += records.length;
    this.reached(seqs.at(-1) ?? 0);
    return seqs;
  }
}

/** Runs of at most `limit` bytes; one that is larger alone is a run by itself. */
function slicesOf<P extends { readonly bytes: number }>(places: readonly P[], limit: number): readonly P[][] {
  const slices: P[][] = [];
  let bytes = 0;
  for (const place of places) {
    const last = slices.at(-1);
    if (last === undefined || bytes + place.bytes > limit) {
      slices.push([place]);
      bytes = place.bytes;
    } else {
      last.push(place);
      bytes += place.bytes;
    }
  }
  return slices;
}
