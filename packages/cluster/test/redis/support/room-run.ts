import { emptyRoom } from "@barrage/engine";
import type { Batch, Feed, FeedHandler, RecentWindow, RoomState } from "@barrage/engine";
import { Channel, isCancelled, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { danmaku } from "@barrage/testkit";
import type { Item } from "@barrage/protocol";

/** Pause of a router and a gateway after Redis failed them, ms. */
const AGAIN_MS = 20;
/** The window of these rooms holds everything: what is missing in it was lost. */
export const WHOLE = {
  maxItems: 100_000,
  maxBytes: 100_000_000,
  maxAgeMs: 3_600_000,
  keptItems: 100,
  keptBytes: 100_000,
  headLifeMs: 3_600_000,
};

/** Every so many records change the room: its title is then the record's number. */
const CHANGE_EVERY = 3;

/** Writes one room as a router does, from a log that loses nothing. */
export class RoomWriting {
  readonly log: Item[] = [];
  readonly outcomes: Record<string, number> = {};
  private readonly room: string;
  private readonly window: RecentWindow;
  private readonly feed: Feed;
  private prev = 0;

  constructor(room: string, window: RecentWindow, feed: Feed) {
    this.room = room;
    this.window = window;
    this.feed = feed;
  }

  get head(): number {
    return this.prev;
  }

  /** Appends and publishes one more record, however long that takes. */
  async say(ctx: Context): Promise<void> {
    const n = this.log.length + 1;
    const seq = n * 3;
    const item: Item = { ...danmaku(`i${seq}`, { at: ctx.clock.wall() }), seq, n };
    this.log.push(item);
    const changed = n % CHANGE_EVERY === 0 ? { state: this.stateAt(n) } : {};
    const batch: Batch = { room: this.room, prev: this.prev, seq, items: [item], ...changed };
    for (;;) {
      try {
        await this.publish(batch, ctx);
        break;
      } catch (error) {
        if (isCancelled(error)) throw error;
        this.count("failed");
        await sleep(AGAIN_MS, ctx);
      }
    }
    this.prev = seq;
  }

  /** The room as of its record `n`. */
  stateAt(n: number): RoomState {
    const title = String(n - (n % CHANGE_EVERY));
    return { ...emptyRoom(this.room), title, head: { seq: this.log[n - 1]?.seq ?? 0, n } };
  }

  /** As a router does for a room that has fallen silent. */
  async repeatHead(ctx: Context): Promise<void> {
    await this.feed.publish({ room: this.room, prev: this.prev, seq: this.prev, items: [] }, ctx);
  }

  private async publish(batch: Batch, ctx: Context): Promise<void> {
    const outcome = await this.window.append(batch, ctx);
    this.count(outcome);
    if (outcome === "behind") {
      const before = this.log.filter(({ seq }) => seq <= batch.prev);
      const state = this.stateAt(before.length);
      await this.window.open(this.room, { seq: batch.prev, n: before.length, state }, before, ctx);
      this.count(`again ${await this.window.append(batch, ctx)}`);
    }
    await this.feed.publish(batch, ctx);
  }

  private count(outcome: string): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }
}

/** Follows one room as a gateway does: drops what it had, fills what it missed from the window. */
export class RoomFollowing implements FeedHandler {
  readonly seen: Item[] = [];
  readonly faults: string[] = [];
  interruptions = 0;
  private readonly room: string;
  private readonly window: RecentWindow;
  private readonly wake = new Channel<undefined>(1, { name: "following" });
  private readonly queue: Batch[] = [];
  private doubt = false;

  constructor(room: string, window: RecentWindow) {
    this.room = room;
    this.window = window;
  }

  get head(): number {
    return this.seen.at(-1)?.seq ?? 0;
  }

  batch(batch: Batch): void {
    this.queue.push(batch);
    this.wake.trySend(undefined);
  }

  interrupted(): void {
    this.interruptions += 1;
    this.doubt = true;
    this.wake.trySend(undefined);
  }

  async run(ctx: Context): Promise<void> {
    for await (const _ of this.wake.values(ctx)) {
      while (this.queue.length > 0 || this.doubt) {
        const batch = this.queue.shift();
        const isMissing = batch !== undefined && batch.prev > this.head;
        if (this.doubt || isMissing) await this.fill(ctx);
        if (batch !== undefined) this.take(batch.items);
      }
    }
  }

  private take(items: readonly Item[]): void {
    for (const item of items) {
      if (item.seq <= this.head) continue;
      if (item.n !== this.seen.length + 1) this.faults.push(`n ${item.n} after ${this.seen.length}`);
      this.seen.push(item);
    }
  }

  private async fill(ctx: Context): Promise<void> {
    this.doubt = false;
    for (;;) {
      try {
        const slice = await this.window.read(this.room, this.head, Number.POSITIVE_INFINITY, ctx);
        if (slice.floor.seq > this.head) this.faults.push(`floor ${slice.floor.seq} above ${this.head}`);
        if (slice.items.length > 0 && slice.items.at(-1)?.seq !== slice.head.seq)
          this.faults.push("head beyond the records");
        this.take(slice.items);
        return;
      } catch (error) {
        if (isCancelled(error)) throw error;
        await sleep(AGAIN_MS, ctx);
      }
    }
  }
}
