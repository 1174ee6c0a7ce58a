import { Ticker, isCancelled } from "@barrage/kernel";
import type { Clock, Context } from "@barrage/kernel";
import type { Batch, Feed, FeedHandler, FeedSubscription } from "../ports/index.ts";

/** How often rooms are looked at, ms: half of the second within which a quiet room's head is repeated. */
const LOOK_MS = 500;
/** Silence after a room's last batch before its head is first repeated, ms: a room that talks shows losses by itself. */
const QUIET_MS = 500;
/** Between two repeats of one head, ms. */
const REPEAT_MS = 5_000;
/** Rooms that are repeated at once: each waits for the answer of a store. */
const ROOMS_AT_ONCE = 32;

interface Shown {
  readonly seq: number;
  readonly batchAt: number;
  repeatedAt: number | undefined;
}

/** For a feed and windows that other processes share. */
export interface RepeatingOptions {
  /** Makes sure that the window has the room up to `seq` before that is said. */
  readonly mend: (room: string, seq: number, ctx: Context) => Promise<void>;
  /** A room whose head could not be repeated: it is tried again with the next. */
  readonly onFailure: (room: string, error: unknown) => void;
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
  private readonly options: RepeatingOptions | undefined;
  private readonly rooms = new Map<string, Shown>();

  constructor(inner: Feed, clock: Clock, activeMs: number, options?: RepeatingOptions) {
    this.inner = inner;
    this.clock = clock;
    this.activeMs = activeMs;
    this.options = options;
  }

  async publish(batch: Batch, ctx: Context): Promise<void> {
    await this.inner.publish(batch, ctx);
    this.note(batch.room, batch.seq);
  }

  subscribe(handler: FeedHandler): FeedSubscription {
    return this.inner.subscribe(handler);
  }

  /** The room's head is repeated from now on. */
  note(room: string, seq: number): void {
    this.rooms.set(room, { seq, batchAt: this.clock.now(), repeatedAt: undefined });
  }

  /** Repeats heads until cancelled. */
  async run(ctx: Context): Promise<void> {
    using ticker = new Ticker(LOOK_MS, ctx);
    for await (const _ of ticker) await this.repeat(ctx);
  }

  private async repeat(ctx: Context): Promise<void> {
    const due = this.due();
    for (let i = 0; i < due.length; i += ROOMS_AT_ONCE) {
      await Promise.all(due.slice(i, i + ROOMS_AT_ONCE).map(([room, seq]) => this.repeatOne(room, seq, ctx)));
    }
  }

  private due(): readonly (readonly [string, number])[] {
    const now = this.clock.now();
    const due: (readonly [string, number])[] = [];
    for (const [room, shown] of this.rooms) {
      const { seq, batchAt, repeatedAt } = shown;
      if (now - batchAt > this.activeMs) this.rooms.delete(room);
      else if (repeatedAt === undefined ? now - batchAt >= QUIET_MS : now - repeatedAt >= REPEAT_MS) {
        shown.repeatedAt = now;
        due.push([room, seq]);
      }
    }
    return due;
  }

  private async repeatOne(room: string, seq: number, ctx: Context): Promise<void> {
    try {
      await this.options?.mend(room, seq, ctx);
      await this.inner.publish({ room, prev: seq, seq, items: [] }, ctx);
    } catch (error) {
      ctx.throwIfCancelled();
      if (this.options === undefined || isCancelled(error)) throw error;
      this.options.onFailure(room, error);
    }
  }
}
