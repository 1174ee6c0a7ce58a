import { Backoff, Channel, isCancelled, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { EngineEvent, RouterCounts } from "../../events.ts";
import type { LogPartition, LogRecord, RecentWindow } from "../../ports/index.ts";
import type { Publishing } from "../publishing.ts";
import type { RepeatingFeed } from "../repeating-feed.ts";
import type { PartitionRooms } from "./partition-rooms.ts";
import { publishAgain } from "./publish-again.ts";
import type { Restoration } from "./restoration.ts";

export interface PartitionRouterParts {
  readonly partition: Pick<LogPartition, "follow">;
  /** Everything up to here was published by an earlier owner. */
  readonly committed: number;
  readonly window: RecentWindow;
  readonly feed: RepeatingFeed;
  readonly rooms: PartitionRooms;
  readonly restoration: Restoration;
  readonly publishing: Publishing;
  readonly totals: RouterCounts;
  readonly onEvent: (event: EngineEvent) => void;
  /** Silence, ms, after which a room is forgotten. */
  readonly idleMs: number;
}

/**
 * Records before the committed place that are looked at once more. A failover of the window's store may have taken
 * back what was committed: seconds of a partition at its busiest, far below this.
 */
export const LOOK_BACK = 8_192;
/** Folded records that are not published yet, above which no more are folded: the log keeps them. */
const WAITING_MAX = 20_000;
/** Rooms that are asked for at once. */
const LOADS_AT_ONCE = 64;
/** Wait before who knows a room is asked again, ms: from the shortest to the longest. */
const RETRY_FIRST_MS = 200;
const RETRY_LONGEST_MS = 1_000;
/** Between two looks for rooms that may be forgotten, ms. */
const SWEEP_MS = 30_000;

/** Why a partition stands still. */
export interface HeldBy {
  /** Rooms with a new record that nobody who can be asked knows. */
  readonly rooms: number;
  /** Why the one that was asked for last is not known. */
  readonly error: unknown;
}

/** Follows a partition: learns of each room what the owners before left, folds, and hands on what is new. */
export class PartitionRouter {
  private readonly parts: PartitionRouterParts;
  private readonly progress = new Channel<undefined>(1, { name: "room for records" });
  /** Rooms that could not be learned of so far, with why; they are asked for again all the time. */
  private readonly unknown = new Map<string, unknown>();

  constructor(parts: PartitionRouterParts) {
    this.parts = parts;
  }

  /** Undefined while every room with a new record can be learned of. */
  get heldBy(): HeldBy | undefined {
    const error = [...this.unknown.values()].at(-1);
    return this.unknown.size === 0 ? undefined : { rooms: this.unknown.size, error };
  }

  async follow(ctx: Context): Promise<void> {
    const { partition, committed, publishing } = this.parts;
    for await (const records of partition.follow(Math.max(0, committed - LOOK_BACK), ctx)) {
      const last = records.at(-1);
      if (last === undefined) continue;
      // While one room is asked for, another may be forgotten: all are known only when none is asked for any more.
      for (let firsts = this.unknownIn(records); firsts.length > 0; firsts = this.unknownIn(records))
        await this.loadRooms(firsts, ctx);
      for (const record of records) this.fold(record, ctx.clock.now());
      publishing.reached(last.seq);
      while (publishing.waiting > WAITING_MAX) await this.progress.receive(ctx);
    }
  }

  /** Called when records were published. */
  published(): void {
    this.progress.trySend(undefined);
  }

  /** Forgets rooms that nobody talks in, until cancelled: the next record brings them again. */
  async sweep(ctx: Context): Promise<void> {
    const { rooms, publishing, idleMs } = this.parts;
    for (;;) {
      await sleep(SWEEP_MS, ctx);
      rooms.forget(ctx.clock.now() - idleMs, (room) => {
        const mayGo = publishing.isIdle(room);
        if (mayGo) publishing.forget(room);
        return mayGo;
      });
    }
  }

  /** The first record of each room that is not known. */
  private unknownIn(records: readonly LogRecord[]): readonly LogRecord[] {
    const firsts = new Map<string, LogRecord>();
    for (const record of records) {
      if (!this.parts.rooms.has(record.room) && !firsts.has(record.room)) firsts.set(record.room, record);
    }
    return [...firsts.values()];
  }

  private async loadRooms(firsts: readonly LogRecord[], ctx: Context): Promise<void> {
    for (let i = 0; i < firsts.length; i += LOADS_AT_ONCE) {
      await Promise.all(firsts.slice(i, i + LOADS_AT_ONCE).map((first) => this.load(first, ctx)));
    }
  }

  /** A room is only known once what an earlier owner wrote, and perhaps did not publish, is published. */
  private async load(first: LogRecord, ctx: Context): Promise<void> {
    const { restoration, rooms, publishing, window, feed, onEvent } = this.parts;
    const { room } = first;
    const backoff = new Backoff({ base: RETRY_FIRST_MS, max: RETRY_LONGEST_MS, jitter: "decorrelated" });
    for (;;) {
      try {
        const { state, asOf, isStored } = await restoration.load(first, ctx);
        // Of a room that was forgotten in between, only what came since.
        const { seq } = publishing.published;
        if (state.head.seq > seq) await publishAgain({ window, feed }, room, seq, ctx);
        else if (state.head.seq > 0) feed.note(room, state.head.seq);
        publishing.begin(state, isStored);
        rooms.put(state, asOf, ctx.clock.now());
        this.unknown.delete(room);
        return;
      } catch (error) {
        ctx.throwIfCancelled();
        if (isCancelled(error)) throw error;
        this.unknown.delete(room);
        this.unknown.set(room, error);
        onEvent({ type: "publish_failed", room, error });
        await sleep(backoff.next(), ctx);
      }
    }
  }

  private fold(record: LogRecord, now: number): void {
    const { rooms, publishing, totals, onEvent, committed } = this.parts;
    const folded = rooms.fold(record, now);
    if (folded === undefined) return;
    const { before, applied } = folded;
    if (applied.outcome === "dropped" && record.seq > committed) {
      totals.muted += 1;
      publishing.drop(before);
    }
    if (applied.outcome !== "published") return;
    publishing.add(before, applied);
    const { entry } = record;
    if (entry.kind === "room-event")
      onEvent({ type: "room_changed", room: record.room, event: entry.event.type });
  }
}
