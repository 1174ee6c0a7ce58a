import { Ticker } from "@barrage/kernel";
import type { Clock, Context } from "@barrage/kernel";
import type { Batch, Feed, FeedHandler, FeedSubscription } from "../ports/index.ts";

/** How often rooms are looked at, ms: half of the second within which a quiet room's head is repeated. */
const LOOK_MS = 500;
/** Silence after a room's last batch before its head is first repeated, ms: a room that talks shows losses by itself. */
const QUIET_MS = 500;
/** Between two repeats of one head, ms. */
const REPEAT_MS = 5_000;

interface Shown {
  readonly seq: number;
  readonly batchAt: number;
  repeatedAt: number | undefined;
}

/**
 * A feed that may lose batches, made such that a lost one is noticed: the head of each active room is published again,
 * as a batch without records, within a second of its last batch and then every 5 s.
 *
 * Bounds     rooms without a batch for `activeMs` are forgotten: nobody could read from the window what they lost.
 */
export class RepeatingFeed implements Feed {
  private readonly inner: Feed;
  private readonly clock: Clock;
  private readonly activeMs: number;
  private readonly rooms = new Map<string, Shown>();

  constructor(inner: Feed, clock: Clock, activeMs: number) {
    this.inner = inner;
    this.clock = clock;
    this.activeMs = activeMs;
  }

  async publish(batch: Batch, ctx: Context): Promise<void> {
    await this.inner.publish(batch, ctx);
    this.rooms.set(batch.room, { seq: batch.seq, batchAt: this.clock.now(), repeatedAt: undefined });
  }

  subscribe(handler: FeedHandler): FeedSubscription {
    return this.inner.subscribe(handler);
  }

  /** Repeats heads until cancelled. */
  async run(ctx: Context): Promise<void> {
    using ticker = new Ticker(LOOK_MS, ctx);
    for await (const _ of ticker) await this.repeat(ctx);
  }

  private async repeat(ctx: Context): Promise<void> {
    const now = this.clock.now();
    for (const [room, shown] of this.rooms) {
      const { seq, batchAt, repeatedAt } = shown;
      if (now - batchAt > this.activeMs) this.rooms.delete(room);
      else if (repeatedAt === undefined ? now - batchAt >= QUIET_MS : now - repeatedAt >= REPEAT_MS) {
        shown.repeatedAt = now;
        await this.inner.publish({ room, prev: seq, seq, items: [] }, ctx);
      }
    }
  }
}
