import { Gateways } from "@barrage/engine";
import type { EngineSettings, Feed, FeedSubscription, GatewayFigures } from "@barrage/engine";
import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";

/** Time between two looks at the load, ms: as where router and gateway are one process. */
const REVISE_MS = 250;

interface Entered {
  /** As the last batch said, ms. */
  windowMs?: number;
}

/**
 * A gateway's feed, and what it shows of the rooms' flush windows: those in force, as batches say them, and those that
 * would suit this process by its own load.
 *
 * Bounds     the rooms that are entered.
 */
export class GatewayWindows implements Pick<Feed, "subscribe"> {
  private readonly inner: Pick<Feed, "subscribe">;
  private readonly minMs: number;
  private readonly planned: Gateways;
  private readonly rooms = new Map<string, Entered>();
  /** Records per room since the last look. */
  private counts = new Map<string, number>();

  constructor(inner: Pick<Feed, "subscribe">, flush: EngineSettings["flush"]) {
    this.inner = inner;
    this.minMs = flush.minMs;
    this.planned = new Gateways(flush);
  }

  /** In force, ms. */
  windowMs(room: string): number {
    return this.rooms.get(room)?.windowMs ?? this.minMs;
  }

  /** The longest in force, ms. */
  get longestMs(): number {
    let longest = this.minMs;
    for (const { windowMs = 0 } of this.rooms.values()) longest = Math.max(longest, windowMs);
    return longest;
  }

  /** Rooms that need a longer window than the smallest here, whole ms. */
  *wishes(): Iterable<readonly [room: string, ms: number]> {
    for (const room of this.rooms.keys()) {
      const ms = this.planned.windowMs(room);
      if (ms > this.minMs) yield [room, ms];
    }
  }

  /** Plans by this gateway's load, until cancelled. */
  async run(figures: GatewayFigures, ctx: Context): Promise<void> {
    using _ = this.planned.attach(figures);
    using ticker = new Ticker(REVISE_MS, ctx);
    for await (const _ of ticker) {
      this.planned.revise(this.counts);
      this.counts = new Map();
    }
  }

  subscribe(handler: Parameters<Feed["subscribe"]>[0]): FeedSubscription {
    const entered = this.inner.subscribe({
      batch: (batch) => {
        this.note(batch.room, batch.items.length, batch.windowMs);
        handler.batch(batch);
      },
      interrupted: (room) => handler.interrupted(room),
    });
    return {
      enter: (room, ctx) => {
        if (!this.rooms.has(room)) this.rooms.set(room, {});
        return entered.enter(room, ctx);
      },
      leave: (room) => {
        this.rooms.delete(room);
        this.counts.delete(room);
        entered.leave(room);
      },
      [Symbol.dispose]: () => entered[Symbol.dispose](),
    };
  }

  private note(room: string, records: number, windowMs: number | undefined): void {
    const entered = this.rooms.get(room);
    if (entered === undefined) return;
    if (windowMs !== undefined) entered.windowMs = windowMs;
    this.counts.set(room, (this.counts.get(room) ?? 0) + records);
  }
}
