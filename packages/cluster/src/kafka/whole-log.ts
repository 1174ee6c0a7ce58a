import type {
  AppendOutcome,
  AppendRequest,
  DanmakuLog,
  HeldDanmaku,
  IdempotencyKey,
  LogRecord,
  LogStats,
  RetentionOutcome,
  RetentionPolicy,
} from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { KafkaLog } from "./kafka-log.ts";
import type { PartitionReader } from "./partition-reader.ts";
import type { KeyStore } from "./stores.ts";

/** A log of one partition has one order, so it is a whole `DanmakuLog`: for one router, and for the contract suite. */
export class WholeKafkaLog implements DanmakuLog {
  private readonly log: KafkaLog;
  private readonly only: PartitionReader;
  private readonly keys: KeyStore;

  constructor(log: KafkaLog, keys: KeyStore) {
    if (log.partitions !== 1) throw new RangeError(`a log of ${log.partitions} partitions has no one order`);
    this.log = log;
    this.only = log.partition(0);
    this.keys = keys;
  }

  get stats(): LogStats {
    return this.log.stats;
  }

  append(request: AppendRequest, ctx: Context): Promise<AppendOutcome> {
    return this.log.append(request, ctx);
  }

  appendAll(requests: readonly AppendRequest[], ctx: Context): Promise<readonly AppendOutcome[]> {
    return this.log.appendAll(requests, ctx);
  }

  hold(held: HeldDanmaku, key: IdempotencyKey | undefined, ctx: Context): Promise<AppendOutcome> {
    return this.log.hold(held, key, ctx);
  }

  lookup(key: IdempotencyKey, ctx: Context): Promise<AppendOutcome | undefined> {
    return this.log.lookup(key, ctx);
  }

  held(room: string, limit: number, ctx: Context): Promise<readonly HeldDanmaku[]> {
    return this.log.held(room, limit, ctx);
  }

  findHeld(room: string, id: string, ctx: Context): Promise<HeldDanmaku | undefined> {
    return this.log.findHeld(room, id, ctx);
  }

  dismiss(room: string, id: string, ctx: Context): Promise<boolean> {
    return this.log.dismiss(room, id, ctx);
  }

  erase(uid: string, ctx: Context): Promise<number> {
    return this.log.erase(uid, ctx);
  }

  read(after: number, limit: number, ctx: Context, room?: string): Promise<readonly LogRecord[]> {
    return this.only.read(after, limit, ctx, room);
  }

  follow(after: number, ctx: Context): AsyncIterable<readonly LogRecord[]> {
    return this.only.follow(after, ctx);
  }

  committed(consumer: string, ctx: Context): Promise<number> {
    return this.only.committed(consumer, ctx);
  }

  commit(consumer: string, seq: number, ctx: Context): Promise<void> {
    return this.only.commit(consumer, seq, ctx);
  }

  async retain(policy: RetentionPolicy, floor: number, ctx: Context): Promise<RetentionOutcome> {
    const outcome = await this.only.retain(policy, floor, ctx);
    return { ...outcome, keys: await this.keys.forget(policy.keysBefore, ctx) };
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
