import { Channel, isCancelled, sleep } from "@barrage/kernel";
import type { Context, TimerHandle } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { EngineEvent, RouterCounts } from "../events.ts";
import type { ArchivedItem, Batch, DanmakuLog, Feed, Head, LogRecord, RecentWindow } from "../ports/index.ts";
import { Progress } from "../progress.ts";
import { partsOf } from "../room/batch-parts.ts";
import type { Rooms } from "../room/rooms.ts";
import { emptyRoom } from "../room/state.ts";
import type { RoomState } from "../room/state.ts";
import { beginBatchStep } from "../tracing/batch-step.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { Archiver } from "./archiver.ts";
import type { JudgedRoom, Judges } from "./judges.ts";
import type { Recovery } from "./recovery.ts";

/** Pause after a publish that failed; a store that is away is not helped by trying faster. */
const RETRY_MS = 1_000;

export interface RouterParts {
  readonly log: DanmakuLog;
  readonly window: RecentWindow;
  readonly feed: Feed;
  readonly rooms: Rooms;
  readonly archiver: Archiver;
  readonly judges: Judges;
  readonly recovery: Recovery;
  readonly totals: RouterCounts;
  readonly onEvent: (event: EngineEvent) => void;
  /** A busy room's flush window now, ms. */
  readonly windowMs: (room: string) => number;
  readonly tracing?: Tracing | undefined;
}

/** A room with records that are folded but not yet published. */
interface Pending extends JudgedRoom {
  /** Last record that was published. */
  head: Head;
  items: Item[];
  /** Records since the last batch that took no place in the chain. */
  muted: number;
  /** `clock.now()` of the room's last flush; minus infinity before the first. */
  flushedAt: number;
}

/**
 * Follows the log, folds each record into its room, and publishes each room's records in batches.
 *
 * Shape      two tasks: `follow` folds, `flush` publishes; only `flush` waits for window and feed.
 * Bounds     a busy room is flushed once per its window, a quiet one at once (DL-5); a batch has at most
 *            512 records; what is pending is bounded by the log's follower buffer.
 */
export class Router {
  private readonly parts: RouterParts;
  private readonly pendings = new Map<string, Pending>();
  private readonly due = new Set<Pending>();
  /** Records published since somebody looked, by room. */
  private counts = new Map<string, number>();
  private readonly wake = new Channel<undefined>(1, { name: "flush" });
  private timer: { readonly handle: TimerHandle; readonly at: number } | undefined;
  readonly folded: Progress;
  /** How far records have been handed to the feed. */
  readonly published: Progress;

  constructor(parts: RouterParts) {
    this.parts = parts;
    this.folded = new Progress(parts.rooms.seq);
    this.published = new Progress(parts.rooms.seq);
  }

  /** Folds the log until `ctx` is cancelled. */
  async follow(ctx: Context): Promise<void> {
    const { log, archiver, rooms } = this.parts;
    for await (const records of log.follow(this.folded.seq, ctx)) {
      const last = records.at(-1);
      if (last === undefined) continue;
      const backlog = archiver.fullBacklog();
      const archived: ArchivedItem[] = [];
      for (const record of records) {
        backlog?.note(record.room, rooms.get(record.room));
        this.fold(record, archived);
      }
      archiver.accept(last.seq, archived);
      this.folded.reached(last.seq);
      this.wake.trySend(undefined);
    }
  }

  /** Publishes what is folded, until `ctx` is cancelled. */
  async flush(ctx: Context): Promise<void> {
    try {
      for await (const _ of this.wake.values(ctx)) {
        // Taken first: what is folded while this turn waits for window or feed belongs to the next.
        const upTo = this.folded.seq;
        await this.flushDue(ctx);
        this.published.reached(this.publishedUpTo(upTo));
        if (this.due.size > 0) this.armTimer(ctx);
      }
    } finally {
      if (this.timer !== undefined) ctx.clock.clearTimer(this.timer.handle);
    }
  }

  /** The last record of a room that window and feed have; what comes after is still pending. */
  publishedHead(room: string): Head {
    return this.pendings.get(room)?.head ?? this.parts.rooms.get(room)?.head ?? { seq: 0, n: 0 };
  }

  private fold(record: LogRecord, archived: ArchivedItem[]): void {
    const { rooms, totals, onEvent } = this.parts;
    const before = rooms.get(record.room) ?? emptyRoom(record.room);
    const applied = rooms.fold(record);
    if (applied.outcome === "dropped") {
      totals.muted += 1;
      this.pendingOf(before).muted += 1;
      return;
    }
    archived.push({ room: record.room, item: applied.item });
    if (applied.outcome === "archived") return;
    const pending = this.pendingOf(before);
    pending.items.push(applied.item);
    this.due.add(pending);
    const { entry } = record;
    if (entry.kind === "room-event")
      onEvent({ type: "room_changed", room: record.room, event: entry.event.type });
  }

  /** Records per room since the last call. */
  takeCounts(): ReadonlyMap<string, number> {
    const { counts } = this;
    this.counts = new Map();
    return counts;
  }

  /** `before`: the room without the record at hand. */
  private pendingOf({ id, head, policies }: RoomState): Pending {
    let pending = this.pendings.get(id);
    if (pending === undefined) {
      pending = { room: id, head, policies, items: [], muted: 0, flushedAt: Number.NEGATIVE_INFINITY };
      this.pendings.set(id, pending);
    }
    return pending;
  }

  private async flushDue(ctx: Context): Promise<void> {
    const now = ctx.clock.now();
    for (const pending of this.due) {
      if (now - pending.flushedAt < this.parts.windowMs(pending.room)) continue;
      this.due.delete(pending);
      pending.flushedAt = now;
      await this.publishAll(pending, ctx);
    }
  }

  private async publishAll(pending: Pending, ctx: Context): Promise<void> {
    const { room, items: folded, muted } = pending;
    const windowMs = this.parts.windowMs(room);
    pending.items = [];
    pending.muted = 0;
    this.counts.set(room, (this.counts.get(room) ?? 0) + folded.length);
    const judging = () => this.parts.judges.judge(pending, folded, ctx);
    const { items, rate } = await this.untilDone(room, judging, ctx);
    // Told with the first part alone.
    let first = { ...(muted === 0 ? {} : { muted }), ...(rate === undefined ? {} : { rate }) };
    for (const part of partsOf(items)) {
      const last = part.at(-1);
      if (last === undefined) return;
      const batch: Batch = { room, prev: pending.head.seq, seq: last.seq, items: part, windowMs, ...first };
      await this.untilDone(room, () => this.publish(batch, ctx), ctx);
      first = {};
      pending.head = { seq: last.seq, n: last.n };
    }
  }

  /** A window or feed that fails is asked again: what comes after this batch waits, in the log at last. */
  private async untilDone<T>(room: string, attempt: () => Promise<T>, ctx: Context): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (isCancelled(error) || ctx.cancelled) throw error;
        this.parts.onEvent({ type: "publish_failed", room, error });
        await sleep(RETRY_MS, ctx);
      }
    }
  }

  private async publish(batch: Batch, ctx: Context): Promise<void> {
    const step = beginBatchStep(this.parts.tracing, "route", batch);
    if (step === undefined) return this.writeAndPublish(batch, ctx);
    try {
      await this.writeAndPublish(step.batch, ctx);
      step.end();
    } catch (error) {
      step.fail(error);
      throw error;
    }
  }

  private async writeAndPublish(batch: Batch, ctx: Context): Promise<void> {
    const { window, feed, totals } = this.parts;
    for (const item of batch.items) {
      if (item.kind === "recall") await window.remove(batch.room, recalls(item), ctx);
    }
    const outcome = await window.append(batch, ctx);
    if (outcome === "behind") await this.rewind(batch, ctx);
    if (outcome === "ahead") await this.writeBeyond(batch, ctx);
    // "ahead": it was written by the turn before a restart, but perhaps never published. Gateways drop what they had.
    await feed.publish(batch, ctx);
    totals.published += batch.items.length;
  }

  /** The window lost writes: the room is filled again from the archive, up to where this batch begins. */
  private async rewind(batch: Batch, ctx: Context): Promise<void> {
    const { window, archiver, recovery } = this.parts;
    const n = (batch.items[0]?.n ?? 1) - 1;
    await archiver.reach(batch.prev, ctx);
    const { items, before } = await recovery.contents(batch.room, batch.prev, ctx);
    await window.open(batch.room, { seq: batch.prev, n, before }, items, ctx);
    await window.append(batch, ctx);
  }

  /** A router that began again cuts its batches elsewhere: the end of this one may not be in the window yet. */
  private async writeBeyond(batch: Batch, ctx: Context): Promise<void> {
    const { window } = this.parts;
    const { head } = await window.read(batch.room, Number.MAX_SAFE_INTEGER, 0, ctx);
    const items = batch.items.filter(({ seq }) => seq > head.seq);
    if (items.length > 0) await window.append({ ...batch, prev: head.seq, items }, ctx);
  }

  /** The seq before the first record that still waits for its room's window, or `foldedSeq` if none does. */
  private publishedUpTo(foldedSeq: number): number {
    let seq = foldedSeq;
    for (const { items } of this.due) seq = Math.min(seq, (items[0]?.seq ?? seq + 1) - 1);
    return seq;
  }

  // One timer for all rooms, at the earliest moment that one of them is due.
  private armTimer(ctx: Context): void {
    const { clock } = ctx;
    let at = Number.POSITIVE_INFINITY;
    for (const { room, flushedAt } of this.due) at = Math.min(at, flushedAt + this.parts.windowMs(room));
    if (this.timer !== undefined) {
      if (this.timer.at <= at) return;
      clock.clearTimer(this.timer.handle);
    }
    const handle = clock.setTimer(Math.max(0, at - clock.now()), () => {
      this.timer = undefined;
      this.wake.trySend(undefined);
    });
    this.timer = { handle, at };
  }
}

/** Which records a recall takes back: one by id, or all of a user before it. */
export function recalls(recall: Item & { readonly kind: "recall" }): (item: Item) => boolean {
  const { target, seq } = recall;
  if ("id" in target) return (item) => item.id === target.id;
  return (item) =>
    item.author.uid === target.uid && item.seq < seq && item.kind !== "room-event" && item.kind !== "recall";
}
