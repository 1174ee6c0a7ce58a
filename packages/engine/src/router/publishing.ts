import { Channel, isCancelled, nextTurn, sleep, unlessCancelled } from "@barrage/kernel";
import type { Context, Scope, TimerHandle } from "@barrage/kernel";
import type { EngineEvent, RouterCounts } from "../events.ts";
import type { Batch, Feed, Head, RecentWindow } from "../ports/index.ts";
import { Progress } from "../progress.ts";
import { partsOf } from "../room/batch-parts.ts";
import type { RoomItem } from "../room/policies/room-item.ts";
import type { RoomState } from "../room/state.ts";
import type { Applied } from "../room/transitions.ts";
import { beginBatchStep } from "../tracing/batch-step.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { Judges } from "./judges.ts";
import { addTo, pendingAt, publishedUpTo, stateAt } from "./pending.ts";
import type { Pending } from "./pending.ts";
import { removeRecalled, withoutRecalled } from "./recalls.ts";

/** Pause after a publish that failed; a store that is away is not helped by trying faster. */
export const RETRY_MS = 1_000;

/**
 * Rooms that are published before the event loop goes on: a millisecond or two with a window in memory, where publishing
 * waits for nothing. More delays sockets and timers when thousands of rooms are due at once.
 */
export const ROOMS_PER_TURN = 64;

export interface PublishingParts {
  readonly window: RecentWindow;
  readonly feed: Pick<Feed, "publish">;
  readonly judges: Judges;
  readonly totals: RouterCounts;
  readonly onEvent: (event: EngineEvent) => void;
  /** A busy room's flush window now, ms. */
  readonly windowMs: (room: string) => number;
  readonly tracing?: Tracing | undefined;
  /** Fills a window that lost writes up to where the batch begins; `before` is the room there. */
  readonly refill: (batch: Batch, before: RoomState, ctx: Context) => Promise<void>;
  /** seq up to which everything is published at the start. */
  readonly startSeq: number;
  /**
   * Owns a task for each room under way, so that one whose window is away does not hold up the others. Absent where
   * all rooms have one window: they are published in turn.
   */
  readonly scope?: Scope | undefined;
  /** Others read the rooms' states from the window. */
  readonly writesStates?: boolean;
  readonly onPublished?: () => void;
}

/**
 * The records that are folded and not yet published, and their way to window and feed, in batches.
 *
 * Shape      `add` and `drop` never wait; `flush` is one task. A room's batches go one after the other.
 * Bounds     a busy room is flushed once per its window, a quiet one at once (DL-5); a batch has at most 512 records.
 */
export class Publishing {
  private readonly parts: PublishingParts;
  private readonly pendings = new Map<string, Pending>();
  private readonly due = new Set<Pending>();
  private readonly busy = new Set<Pending>();
  /** Records published since somebody looked, by room. */
  private counts = new Map<string, number>();
  private readonly wake = new Channel<undefined>(1, { name: "flush" });
  private timer: { readonly handle: TimerHandle; readonly at: number } | undefined;
  /** A record was folded whose room is due before the timer. */
  private isDueSooner = false;
  /** Rooms whose window or feed failed, and is asked again in a while. */
  private readonly failing = new Set<string>();
  private drained: (() => void) | undefined;
  /** Records that are folded and not yet published. */
  waiting = 0;
  readonly folded: Progress;
  /** How far records have been handed to the feed. */
  readonly published: Progress;

  constructor(parts: PublishingParts) {
    this.parts = parts;
    this.folded = new Progress(parts.startSeq);
    this.published = new Progress(parts.startSeq);
  }

  // ---- what is folded ------------------------------------------------------------------------------------------

  /** `before`: the room without the record. */
  add(before: RoomState, applied: Applied & { readonly outcome: "published" }): void {
    const pending = this.pendingOf(before);
    addTo(pending, applied);
    this.waiting += 1;
    this.due.add(pending);
    if (this.timer !== undefined && this.dueAt(pending) < this.timer.at) this.isDueSooner = true;
  }

  /** A record that took no place in the chain. */
  drop(before: RoomState): void {
    this.pendingOf(before).muted += 1;
  }

  /** Everything up to `seq` is folded. */
  reached(seq: number): void {
    this.folded.reached(seq);
    // Nearly always in a busy room: what was folded goes with its next batch, and the timer is set for that.
    if (this.timer !== undefined && this.due.size > 0 && !this.isDueSooner) return;
    this.isDueSooner = false;
    this.wake.trySend(undefined);
  }

  /** A room that the window has: its batches go on from there. */
  begin(state: RoomState, isStored: boolean): void {
    this.pendings.set(state.id, pendingAt(state, isStored));
  }

  /** Nothing of the room is under way, or to be. */
  isIdle(room: string): boolean {
    const pending = this.pendings.get(room);
    return pending === undefined || (!this.due.has(pending) && !this.busy.has(pending));
  }

  /** Only of a room that is idle. */
  forget(room: string): void {
    this.pendings.delete(room);
  }

  /** The last record of a room that window and feed have; undefined where none came since the start. */
  headOf(room: string): Head | undefined {
    return this.pendings.get(room)?.head;
  }

  /** Flush windows hold no more. Resolves when everything that is folded is published, but for rooms whose stores fail. */
  async drain(ctx: Context): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.drained = resolve;
    this.wake.trySend(undefined);
    this.noteDrained();
    await unlessCancelled(promise, ctx);
  }

  /** Records per room since the last call. */
  takeCounts(): ReadonlyMap<string, number> {
    const { counts } = this;
    this.counts = new Map();
    return counts;
  }

  private pendingOf(before: RoomState): Pending {
    let pending = this.pendings.get(before.id);
    if (pending === undefined) {
      pending = pendingAt(before, false);
      this.pendings.set(before.id, pending);
    }
    return pending;
  }

  // ---- its way to window and feed ------------------------------------------------------------------------------

  /** Publishes what is folded, until `ctx` is cancelled. */
  async flush(ctx: Context): Promise<void> {
    try {
      for await (const _ of this.wake.values(ctx)) {
        await this.flushDue(ctx);
        this.noteProgress();
        if (this.due.size > 0) this.armTimer(ctx);
      }
    } finally {
      if (this.timer !== undefined) ctx.clock.clearTimer(this.timer.handle);
    }
  }

  private async flushDue(ctx: Context): Promise<void> {
    const { scope } = this.parts;
    const now = ctx.clock.now();
    let left = ROOMS_PER_TURN;
    // Those of now: what comes while others have their turn has been said, and is looked at next.
    const rooms = [...this.due].filter((pending) => !this.busy.has(pending) && now >= this.dueAt(pending));
    for (const pending of rooms) {
      if (left === 0) {
        await nextTurn();
        ctx.throwIfCancelled();
        left = ROOMS_PER_TURN;
      }
      left -= 1;
      this.due.delete(pending);
      this.busy.add(pending);
      pending.flushedAt = ctx.clock.now();
      if (scope === undefined) await this.publishDue(pending, ctx);
      else scope.spawn((own) => this.publishDue(pending, own), { name: "publish room" });
    }
  }

  private async publishDue(pending: Pending, ctx: Context): Promise<void> {
    const { items } = pending;
    pending.busyFrom = items[0]?.seq;
    await this.publishAll(pending, ctx);
    pending.busyFrom = undefined;
    this.busy.delete(pending);
    this.waiting -= items.length;
    this.parts.onPublished?.();
    if (this.parts.scope === undefined) return;
    this.noteProgress();
    this.noteDrained();
    if (this.due.has(pending)) this.wake.trySend(undefined);
  }

  private async publishAll(pending: Pending, ctx: Context): Promise<void> {
    const { room, items: folded, muted, changes } = pending;
    const windowMs = this.parts.windowMs(room);
    pending.items = [];
    pending.changes = [];
    pending.muted = 0;
    this.counts.set(room, (this.counts.get(room) ?? 0) + folded.length);
    const judging = () => this.parts.judges.judge(pending, folded, ctx);
    const { items, rate } = await this.untilDone(room, judging, ctx);
    // Told with the first part alone.
    let first = { ...(muted === 0 ? {} : { muted }), ...(rate === undefined ? {} : { rate }) };
    for (const part of partsOf(items)) {
      const last = part.at(-1);
      if (last === undefined) return;
      const head = { seq: last.seq, n: last.n };
      const before = { ...pending.state, head: pending.head };
      const state = stateAt(before, changes, head);
      const own = { prev: pending.head.seq, seq: last.seq, items: part, windowMs, ...first };
      const batch: Batch = { room, ...own, ...this.stateToWrite(pending, state, part) };
      await this.untilDone(room, () => this.publish(batch, before, ctx), ctx);
      first = {};
      pending.head = head;
      pending.state = state;
      pending.isStored = true;
    }
  }

  private stateToWrite(
    pending: Pending,
    state: RoomState,
    part: readonly RoomItem[],
  ): { readonly state?: RoomState } {
    if (this.parts.writesStates !== true) return {};
    const isChanged = part.some(({ kind }) => kind === "room-event");
    return isChanged || !pending.isStored ? { state } : {};
  }

  /** A window or feed that fails is asked again: what comes after this batch waits, in the log at last. */
  private async untilDone<T>(room: string, attempt: () => Promise<T>, ctx: Context): Promise<T> {
    for (;;) {
      try {
        const result = await attempt();
        this.failing.delete(room);
        return result;
      } catch (error) {
        ctx.throwIfCancelled();
        if (isCancelled(error)) throw error;
        this.parts.onEvent({ type: "publish_failed", room, error });
        this.failing.add(room);
        this.noteDrained();
        await sleep(RETRY_MS, ctx);
      }
    }
  }

  private async publish(batch: Batch, before: RoomState, ctx: Context): Promise<void> {
    const step = beginBatchStep(this.parts.tracing, "route", batch);
    if (step === undefined) return this.writeAndPublish(batch, before, ctx);
    try {
      await this.writeAndPublish(step.batch, before, ctx);
      step.end();
    } catch (error) {
      step.fail(error);
      throw error;
    }
  }

  private async writeAndPublish(batch: Batch, before: RoomState, ctx: Context): Promise<void> {
    const { window, feed, totals } = this.parts;
    await removeRecalled(window, batch.room, batch.items, ctx);
    const stored = withoutRecalled(batch.items);
    const toKeep = stored === batch.items ? batch : { ...batch, items: stored };
    const outcome = await this.write(toKeep, before, ctx);
    if (outcome === "ahead") await this.writeBeyond(toKeep, ctx);
    // "ahead": it was written by the turn before a restart, but perhaps never published. Gateways drop what they had.
    await feed.publish(withoutState(batch), ctx);
    totals.published += batch.items.length;
  }

  private async write(batch: Batch, before: RoomState, ctx: Context): Promise<"written" | "ahead"> {
    for (;;) {
      const outcome = await this.parts.window.append(batch, ctx);
      if (outcome !== "behind") return outcome;
      await this.parts.refill(batch, before, ctx);
    }
  }

  /** Somebody cut the batches elsewhere: the end of this one may not be in the window yet. */
  private async writeBeyond(batch: Batch, ctx: Context): Promise<void> {
    const { window } = this.parts;
    for (;;) {
      const { head } = await window.read(batch.room, Number.MAX_SAFE_INTEGER, 0, ctx);
      const items = batch.items.filter(({ seq }) => seq > head.seq);
      if (items.length === 0) return;
      // Anything else: it was written to in between.
      if ((await window.append({ ...batch, prev: head.seq, items }, ctx)) === "written") return;
    }
  }

  // ---- how far it is -------------------------------------------------------------------------------------------

  /** Everything folded is published, but for what is due or under way. */
  private noteProgress(): void {
    let seq = this.folded.seq;
    for (const pending of this.due) seq = Math.min(seq, publishedUpTo(pending));
    for (const pending of this.busy) seq = Math.min(seq, publishedUpTo(pending));
    this.published.reached(seq);
  }

  private noteDrained(): void {
    if (this.drained === undefined) return;
    const isLeft = (pending: Pending): boolean => !this.busy.has(pending) || !this.failing.has(pending.room);
    for (const pending of this.due) if (isLeft(pending)) return;
    for (const pending of this.busy) if (isLeft(pending)) return;
    this.drained();
  }

  private dueAt({ flushedAt, room }: Pending): number {
    return this.drained === undefined ? flushedAt + this.parts.windowMs(room) : flushedAt;
  }

  // One timer for all rooms, at the earliest moment that one of them is due.
  private armTimer(ctx: Context): void {
    const { clock } = ctx;
    let at = Number.POSITIVE_INFINITY;
    for (const pending of this.due) {
      // One under way says itself when it is done.
      if (!this.busy.has(pending)) at = Math.min(at, this.dueAt(pending));
    }
    if (at === Number.POSITIVE_INFINITY) return;
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

/** Gateways ask the window for states: nobody reads them from the feed. */
function withoutState(batch: Batch): Batch {
  if (batch.state === undefined) return batch;
  const { state: _, ...rest } = batch;
  return rest;
}
