import type { Batch, FeedHandler, FeedSubscription } from "@barrage/engine";
import type { Clock } from "@barrage/kernel";
import type { OwnerLink } from "./owner-link.ts";
import type { RoomCount } from "./frames.ts";

/** How long a room is kept after its last viewer, ms: who reloads the page finds it still there. */
const LINGER_MS = 5_000;

/** What is known of a room that this worker has entered. */
interface RemoteRoom {
  /** seq of the newest batch, or head, that came. */
  last: number | null;
  windowMs: number | undefined;
  elsewhere: number;
  /** When its last viewer left; undefined while somebody is there. */
  desertedAt: number | undefined;
}

/**
 * The rooms whose batches come over the link: those with viewers here, and for a while those that had some.
 *
 * After every new link all of them are entered again with their last seq, and the owner answers with their heads: a
 * gateway that is behind sees it at once.
 */
export class RemoteRooms implements FeedSubscription {
  private readonly link: Pick<OwnerLink, "send">;
  private readonly clock: Clock;
  private readonly rooms = new Map<string, RemoteRoom>();
  private handler: FeedHandler | undefined;

  constructor(link: Pick<OwnerLink, "send">, clock: Clock) {
    this.link = link;
    this.clock = clock;
  }

  /** One gateway, as a worker has. */
  subscribe(handler: FeedHandler): FeedSubscription {
    this.handler = handler;
    return this;
  }

  /** Frames keep their order: what is asked after this is answered after the owner has entered the room. */
  enter(room: string): Promise<void> {
    const known = this.rooms.get(room);
    if (known !== undefined) known.desertedAt = undefined;
    else {
      this.rooms.set(room, { last: null, windowMs: undefined, elsewhere: 0, desertedAt: undefined });
      this.link.send("enter", { rooms: [[room, null]] });
    }
    return Promise.resolve();
  }

  leave(room: string): void {
    const known = this.rooms.get(room);
    if (known !== undefined) known.desertedAt = this.clock.now();
  }

  /** Forgets the rooms that have been empty for long. */
  sweep(): void {
    const now = this.clock.now();
    for (const [room, { desertedAt }] of this.rooms) {
      if (desertedAt === undefined || now - desertedAt < LINGER_MS) continue;
      this.rooms.delete(room);
      this.link.send("leave", { room });
    }
  }

  /** A new link stands. */
  enterAgain(): void {
    if (this.rooms.size === 0) return;
    this.link.send("enter", { rooms: [...this.rooms].map(([room, { last }]) => [room, last ?? 0] as const) });
  }

  batch(batch: Batch): void {
    const known = this.rooms.get(batch.room);
    if (known === undefined) return;
    known.last = Math.max(known.last ?? 0, batch.seq);
    known.windowMs = batch.windowMs ?? known.windowMs;
    this.handler?.batch(batch);
  }

  viewers(elsewhere: readonly RoomCount[]): void {
    for (const [room, count] of elsewhere) {
      const known = this.rooms.get(room);
      if (known !== undefined) known.elsewhere = count;
    }
  }

  /** seq up to which the feed has shown the room. */
  lastOf(room: string): number {
    return this.rooms.get(room)?.last ?? 0;
  }

  windowMsOf(room: string): number | undefined {
    return this.rooms.get(room)?.windowMs;
  }

  elsewhere(room: string): number {
    return this.rooms.get(room)?.elsewhere ?? 0;
  }

  [Symbol.dispose](): void {
    this.handler = undefined;
  }
}
