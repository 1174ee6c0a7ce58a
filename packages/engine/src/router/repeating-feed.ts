import { Scope, Ticker, isCancelled } from "@barrage/kernel";
import type { Clock, Context } from "@barrage/kernel";
import type { Batch, Feed, FeedHandler, FeedSubscription } from "../ports/index.ts";

/** How often rooms are looked at, ms: half of the second within which a quiet room's head is repeated. */
const LOOK_MS = 500;
/** Silence after a room's last batch before its head is first repeated, ms: a room that talks shows losses by itself. */
const QUIET_MS = 500;
/** Between two repeats of one head, ms. */
const REPEAT_MS = 5_000;
/** Rooms of one node that are repeated at once: each waits for its answer, of a node at work a millisecond or two. */
export const ROOMS_AT_ONCE = 16;

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
  /** Which of the servers behind feed and window has the room: one that is silent holds up its own rooms alone. */
  readonly nodeOf: (room: string) => string;
}

/**
 * A feed that may lose batches, made such that a lost one is noticed: the head of each active room is published again,
 * as a batch without records, within a second of its last batch and then every 5 s.
 *
 * Bounds     rooms without a batch for `activeMs` are forgotten: nobody could read from the window what they lost.
 *            Under way are at most ROOMS_AT_ONCE rooms of a node; its others wait, and no other node's do (PT-28).
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
    await using scope = new Scope(ctx, { name: "room heads" });
    scope.spawn((own) => this.look(scope, own), { name: "rooms to repeat" });
    await scope.join();
  }

  private async look(scope: Scope, ctx: Context): Promise<void> {
    const busy = new Set<string>();
    using ticker = new Ticker(LOOK_MS, ctx);
    for await (const _ of ticker) {
      for (const [node, rooms] of this.due(busy)) {
        busy.add(node);
        const repeat = async (own: Context): Promise<void> => {
          await this.repeatAll(rooms, own);
          busy.delete(node);
        };
        scope.spawn(repeat, { name: "heads of a node" });
      }
    }
  }

  /** Rooms by node. Those of a node that is not done with the ones before stay due. */
  private due(busy: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
    const now = this.clock.now();
    const rooms: string[] = [];
    for (const [room, shown] of this.rooms) {
      if (now - shown.batchAt > this.activeMs) this.rooms.delete(room);
      else if (isDue(shown, now)) rooms.push(room);
    }
    const due = Map.groupBy(rooms, (room) => this.options?.nodeOf(room) ?? "");
    for (const node of busy) due.delete(node);
    return due;
  }

  private async repeatAll(rooms: readonly string[], ctx: Context): Promise<void> {
    const left = rooms.values();
    const some = async (): Promise<void> => {
      for (const room of left) {
        const shown = this.rooms.get(room);
        const now = this.clock.now();
        // It may have waited, and spoken meanwhile.
        if (shown === undefined || !isDue(shown, now)) continue;
        shown.repeatedAt = now;
        await this.repeatOne(room, shown.seq, ctx);
      }
    };
    await Promise.all(Array.from({ length: Math.min(ROOMS_AT_ONCE, rooms.length) }, some));
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

const isDue = ({ batchAt, repeatedAt }: Shown, now: number): boolean =>
  repeatedAt === undefined ? now - batchAt >= QUIET_MS : now - repeatedAt >= REPEAT_MS;
