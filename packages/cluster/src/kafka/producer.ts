import { initProducerIdV5 } from "@platformatic/kafka";
import type { Broker, ConnectionPool } from "@platformatic/kafka";
import { Backoff, Channel, Scope, sleep, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { clusterError } from "../errors.ts";
import { isRetryable, KAFKA_CODE, nameOfCode, reasonOf } from "./failure.ts";
import { nameOfBroker } from "./kafka-calls.ts";
import { connectTo } from "./kafka-link.ts";
import type { KafkaLink, TopicView } from "./kafka-link.ts";
import { PartitionBuffer } from "./partition-buffer.ts";
import type { Batch, Identity, Unit } from "./partition-buffer.ts";
import { produce } from "./produce-request.ts";
import type { Stored } from "./produce-request.ts";
import type { StoredRecord } from "./record-codec.ts";
import type { KafkaSettings } from "./settings.ts";

/** Pause before the leaders are asked for again, ms: from the first to the longest. A new one is there after 0.1 to 6 s. */
const REFRESH_FIRST_MS = 50;
const REFRESH_LONGEST_MS = 1_000;
/** How often overdue appends are looked for, ms. */
const SWEEP_MS = 200;
/** The broker gives up waiting for its replicas this much before we give up waiting for it, ms. */
const ACK_MARGIN_MS = 1_000;

/** One broker's queue of requests: it answers one at a time anyway. */
interface Lane {
  readonly broker: Broker;
  readonly bell: Channel<undefined>;
}

/** Codes after which the broker has no use for our sequence: it is unknown, ended, or has a hole. */
const SEQUENCE_LOST: ReadonlySet<number> = new Set([
  KAFKA_CODE.outOfOrderSequence,
  KAFKA_CODE.invalidProducerEpoch,
  KAFKA_CODE.invalidProducerIdMapping,
  KAFKA_CODE.unknownProducerId,
  KAFKA_CODE.producerFenced,
]);

/**
 * Appends records to the partitions of one topic: idempotent, acks = all, in order.
 *
 * Shape      one lane per broker, one request of a lane at a time, with a batch of each partition that the broker leads.
 *            A batch whose fate is unknown is sent again as it was, to whoever leads by then, before anything else of
 *            its partition; the broker drops it if it has it.
 * Bounds     units that wait or are on the way: `maxAppends` and `maxBytes` (KL-20); each is answered within
 *            `deliveryTimeoutMs` (KL-21).
 * Errors     BARRAGE_OVERLOADED at once when full; BARRAGE_LOG_UNAVAILABLE when it may be stored or not;
 *            BARRAGE_DRAINING after `close`; the cancel error of the caller.
 * Source     why not the client's own producer: docs/adr/0007-partitioned-log.md.
 */
export class Producer {
  private readonly link: KafkaLink;
  private readonly topic: string;
  private readonly settings: KafkaSettings;
  private readonly pool: ConnectionPool;
  private readonly scope: Scope;
  private readonly buffers: readonly PartitionBuffer[];
  private readonly lanes = new Map<string, Lane>();
  private readonly lost = new Channel<undefined>(1, { name: "kafka leaders" });
  private leaders: readonly (Broker | undefined)[];
  private identity: Promise<Identity> | undefined = undefined;
  /** Partitions whose batch did not go with the last request, the one that waits for longest first. */
  private readonly putOff = new Set<number>();
  private closing: Promise<void> | undefined = undefined;
  private idle: PromiseWithResolvers<void> | undefined = undefined;
  private unanswered = 0;
  queued = 0;
  queuedBytes = 0;
  requests = 0;
  /** Why the last request came to nothing; undefined once one has come to something. */
  trouble: string | undefined = undefined;

  constructor(link: KafkaLink, topic: string, view: TopicView, rest: ProducerRest) {
    this.link = link;
    this.topic = topic;
    this.settings = rest.settings;
    this.pool = link.pool();
    this.leaders = view.leaders;
    this.buffers = view.leaders.map(() => new PartitionBuffer());
    this.scope = new Scope(rest.ctx.detached(), { name: "kafka producer", onError: "report" });
    this.scope.spawn((own) => this.refresh(own), { name: "kafka leaders" });
    this.scope.spawn((own) => this.sweep(own), { name: "kafka overdue" });
  }

  /** Resolves with the offset of the first record once all replicas in sync have them. They take consecutive places. */
  async append(
    partition: number,
    records: readonly StoredRecord[],
    bytes: number,
    ctx: Context,
  ): Promise<number> {
    ctx.throwIfCancelled();
    if (this.closing !== undefined) throw protocolError("BARRAGE_DRAINING");
    const { maxAppends, maxBytes, deliveryTimeoutMs } = this.settings;
    if (this.queued + records.length > maxAppends || this.queuedBytes + bytes > maxBytes) {
      throw protocolError("BARRAGE_OVERLOADED");
    }
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const at = ctx.clock.now();
    const expiresAt = at + deliveryTimeoutMs;
    const unit: Unit = { partition, records, bytes, at, expiresAt, resolve, reject, isAnswered: false };
    this.queued += records.length;
    this.queuedBytes += bytes;
    this.unanswered += 1;
    this.bufferOf(partition).add(unit);
    this.ring(partition);
    using _ = ctx.onCancel(() => this.cancelled(unit, ctx));
    return await promise;
  }

  /** Answers what was taken, then ends. */
  close(): Promise<void> {
    return (this.closing ??= this.finish());
  }

  private async finish(): Promise<void> {
    if (this.unanswered > 0) {
      this.idle = Promise.withResolvers<void>();
      await this.idle.promise;
    }
    this.lost.close();
    for (const { bell } of this.lanes.values()) bell.close();
    // The pool first: a request that still waits for a silent broker then ends at once.
    await this.pool.close();
    await this.scope[Symbol.asyncDispose]();
  }

  private bufferOf(partition: number): PartitionBuffer {
    const buffer = this.buffers[partition];
    if (buffer === undefined) throw new RangeError(`there is no partition ${partition}`);
    return buffer;
  }

  // ---- lanes

  private ring(partition: number): void {
    const leader = this.leaders[partition];
    if (leader === undefined) this.park(partition);
    else this.wake(this.laneOf(leader));
  }

  private wake({ bell }: Lane): void {
    // Full: the lane has been told and has not looked yet. Closed: the end, and nothing is left to send.
    if (!bell.closed) void bell.trySend(undefined);
  }

  private laneOf(broker: Broker): Lane {
    const name = nameOfBroker(broker);
    const known = this.lanes.get(name);
    if (known !== undefined) return known;
    const lane = { broker, bell: new Channel<undefined>(1, { name: `kafka ${name}` }) };
    this.lanes.set(name, lane);
    this.scope.spawn((ctx) => this.serve(lane, ctx), { name: `kafka ${name}` });
    return lane;
  }

  /** Sends what is due to one broker, until nothing is. */
  private async serve(lane: Lane, ctx: Context): Promise<void> {
    for await (const _ of lane.bell.values(ctx)) {
      for (let due = this.dueAt(lane); due !== undefined; due = this.dueAt(lane)) {
        const wait = due - ctx.clock.now();
        if (wait > 0) await sleep(wait, ctx);
        else await this.sendDue(lane, ctx);
      }
    }
  }

  private ledBy(lane: Lane): readonly number[] {
    const name = nameOfBroker(lane.broker);
    const led: number[] = [];
    for (const [partition, leader] of this.leaders.entries()) {
      if (leader !== undefined && nameOfBroker(leader) === name) led.push(partition);
    }
    return led;
  }

  private dueAt(lane: Lane): number | undefined {
    const { lingerMs, batchBytes } = this.settings;
    let earliest: number | undefined;
    for (const partition of this.ledBy(lane)) {
      const due = this.bufferOf(partition).dueAt(lingerMs, batchBytes);
      if (due !== undefined) earliest = Math.min(due, earliest ?? due);
    }
    return earliest;
  }

  /** One request with everything that waits for this broker: what is not due yet costs nothing more in it. */
  private async sendDue(lane: Lane, ctx: Context): Promise<void> {
    const led = this.ledBy(lane);
    const { batchBytes, compression, requestTimeoutMs } = this.settings;
    let batches: Batch[] = [];
    const send = async (own: Context): Promise<ReadonlyMap<number, Stored>> => {
      const connection = await connectTo(this.pool, lane.broker, own);
      // Nobody waits for this call any more once `own` has ended: it takes nothing then.
      const identity = await unlessCancelled(this.identify(lane), own);
      batches = this.take(led, identity, batchBytes);
      for (const { partition } of batches) this.bufferOf(partition).isSending = true;
      const ackTimeoutMs = Math.max(1, requestTimeoutMs - ACK_MARGIN_MS);
      this.requests += 1;
      return produce(connection, batches, { topic: this.topic, compression, ackTimeoutMs });
    };
    try {
      const options = { operation: "an append", kind: "append" } as const;
      const stored = await this.link.calls.ofBroker(lane.broker, options, send, ctx);
      for (const batch of batches) this.settle(batch, stored.get(batch.partition));
    } catch (error) {
      ctx.throwIfCancelled();
      this.failed(reasonOf(error));
      for (const batch of batches) batch.unknowns += 1;
      for (const partition of led) if (!this.bufferOf(partition).isEmpty) this.park(partition);
    } finally {
      for (const { partition } of batches) this.sent(partition, lane);
    }
  }

  /** What came meanwhile is this lane's to look for, unless another broker leads by now. */
  private sent(partition: number, lane: Lane): void {
    const buffer = this.bufferOf(partition);
    buffer.isSending = false;
    if (buffer.isEmpty || buffer.isParked || this.ledBy(lane).includes(partition)) return;
    this.ring(partition);
  }

  /** Batches of one producer identity: a request has one. Those of another go with the next request, and first (KL-51). */
  private take(led: readonly number[], current: Identity, batchBytes: number): Batch[] {
    const batches: Batch[] = [];
    const first = [...this.putOff].filter((partition) => led.includes(partition));
    for (const partition of new Set([...first, ...led])) {
      const buffer = this.bufferOf(partition);
      if (buffer.isSending || buffer.isParked) continue;
      const batch = buffer.take(current, batchBytes);
      if (batch === undefined) continue;
      if (batches[0] !== undefined && batches[0].identity.id !== batch.identity.id) {
        this.putOff.add(partition);
        continue;
      }
      this.putOff.delete(partition);
      batches.push(batch);
    }
    return batches;
  }

  private identify(lane: Lane): Promise<Identity> {
    return (this.identity ??= this.newIdentity(lane));
  }

  /** Every lane waits for it, so it is bounded by the client's own times, not by one lane's. */
  private async newIdentity({ broker }: Lane): Promise<Identity> {
    try {
      const connection = await connectTo(this.pool, broker, this.scope.context);
      const { producerId, producerEpoch } = await initProducerIdV5.api.async(connection, null, 0);
      return { id: producerId, epoch: producerEpoch };
    } catch (error) {
      this.identity = undefined;
      throw error;
    }
  }

  // ---- what became of a batch

  private settle(batch: Batch, stored: Stored | undefined): void {
    const buffer = this.bufferOf(batch.partition);
    const code = stored?.code;
    if (stored !== undefined && code === KAFKA_CODE.none) {
      buffer.stored();
      this.trouble = undefined;
      let offset = stored.firstOffset;
      for (const unit of batch.units) {
        this.answer(unit, () => unit.resolve(offset));
        offset += unit.records.length;
      }
      this.release(batch.units);
    } else if (code === KAFKA_CODE.duplicateSequence) {
      // Stored earlier, and by now so far back that the broker does not know where.
      buffer.stored();
      this.giveUp(batch, code);
    } else if (code !== undefined && SEQUENCE_LOST.has(code)) {
      this.identity = undefined;
      if (batch.unknowns === 0) this.sendUnderAnotherIdentity(batch);
      else {
        // An earlier request of it may have been stored, and the broker forgot: nobody knows.
        buffer.forgetIdentity();
        this.giveUp(batch, code);
      }
    } else if (code === undefined || isRetryable(code)) {
      batch.unknowns += 1;
      this.failed(code === undefined ? "the answer has no such partition" : nameOfCode(code));
      this.park(batch.partition);
    } else {
      if (batch.unknowns === 0) buffer.dropped();
      else {
        // An earlier request of it may have been stored: the broker would take the next one in its places for a repeat.
        this.identity = undefined;
        buffer.forgetIdentity();
      }
      this.giveUp(batch, code);
    }
  }

  /** The broker has refused it unseen, so it is not stored: its units go again, first in line, under a fresh sequence. */
  private sendUnderAnotherIdentity(batch: Batch): void {
    const buffer = this.bufferOf(batch.partition);
    buffer.forgetIdentity();
    this.release(batch.units.filter(({ isAnswered }) => isAnswered));
    buffer.putBack(batch.units.filter(({ isAnswered }) => !isAnswered));
    this.ring(batch.partition);
  }

  private giveUp(batch: Batch, code: number): void {
    const reason = nameOfCode(code);
    this.failed(reason);
    const cause = clusterError("KAFKA_REFUSED", { operation: "an append", topic: this.topic, reason });
    for (const unit of batch.units) this.answer(unit, () => unit.reject(unavailable(cause)));
    this.release(batch.units);
  }

  private answer(unit: Unit, tell: () => void): void {
    if (unit.isAnswered) return;
    unit.isAnswered = true;
    this.unanswered -= 1;
    tell();
    if (this.unanswered === 0) this.idle?.resolve();
  }

  private release(units: readonly Unit[]): void {
    for (const { records, bytes } of units) {
      this.queued -= records.length;
      this.queuedBytes -= bytes;
    }
  }

  private cancelled(unit: Unit, ctx: Context): void {
    if (unit.isAnswered) return;
    if (this.bufferOf(unit.partition).withdraw(unit)) this.release([unit]);
    try {
      ctx.throwIfCancelled();
    } catch (error) {
      this.answer(unit, () => unit.reject(error));
    }
  }

  // ---- when a broker is gone

  private failed(reason: string): void {
    this.trouble = `Kafka does not take what is appended to ${this.topic} (${reason}). It is tried again all the time.`;
  }

  private park(partition: number): void {
    this.bufferOf(partition).isParked = true;
    if (!this.lost.closed) void this.lost.trySend(undefined);
  }

  /** Asks for the leaders until every partition that waits for one has one. */
  private async refresh(ctx: Context): Promise<void> {
    for await (const _ of this.lost.values(ctx)) {
      const backoff = new Backoff({
        base: REFRESH_FIRST_MS,
        max: REFRESH_LONGEST_MS,
        jitter: "decorrelated",
      });
      while (this.buffers.some(({ isParked }) => isParked)) {
        // Before, not after: right after a failure the old leader would be named again.
        await sleep(backoff.next(), ctx);
        try {
          this.leaders = (await this.link.view(this.topic, ctx)).leaders;
        } catch (error) {
          ctx.throwIfCancelled();
          this.failed(reasonOf(error));
          continue;
        }
        this.route();
      }
    }
  }

  /** What waits goes to whoever leads by now, also where nothing has failed yet: the old leader's lane looks there no more. */
  private route(): void {
    for (const [partition, buffer] of this.buffers.entries()) {
      if (this.leaders[partition] !== undefined) buffer.isParked = false;
      if (!buffer.isEmpty) this.ring(partition);
    }
  }

  /** Answers those who have waited too long. What was not sent yet is not stored; what was may be. */
  private async sweep(ctx: Context): Promise<void> {
    for (;;) {
      await sleep(SWEEP_MS, ctx);
      const now = ctx.clock.now();
      for (const buffer of this.buffers) {
        const overdue: Unit[] = [];
        for (const unit of buffer.unanswered()) {
          if (unit.expiresAt > now) break;
          overdue.push(unit);
        }
        for (const unit of overdue) {
          if (buffer.withdraw(unit)) this.release([unit]);
          const cause = clusterError("KAFKA_REFUSED", {
            operation: "an append",
            topic: this.topic,
            reason: this.trouble ?? "no answer in time",
          });
          this.answer(unit, () => unit.reject(unavailable(cause)));
        }
      }
    }
  }
}

export interface ProducerRest {
  readonly settings: KafkaSettings;
  readonly ctx: Context;
}

const unavailable = (cause: unknown): Error => protocolError("BARRAGE_LOG_UNAVAILABLE", {}, cause);
