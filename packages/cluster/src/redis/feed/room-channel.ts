import type { Batch, FeedHandler } from "@barrage/engine";

/** One gateway's interest, as the feed knows it. */
export interface Listening {
  readonly handler: FeedHandler;
}

/** Where a channel's messages come from; compared by identity. */
export type Source = object;

/** The channel of one room, and who listens to it. */
export class RoomChannel {
  readonly room: string;
  readonly name: string;
  readonly listeners = new Set<Listening>();
  /** The connection on which the server has confirmed the subscription. */
  source: Source | undefined = undefined;
  /** `clock.now()` when the last listener left; undefined while there is one. */
  idleSince: number | undefined = undefined;
  private wasPlaced = false;
  private waiting = Promise.withResolvers<void>();

  constructor(room: string, name: string) {
    this.room = room;
    this.name = name;
    // Nobody may be waiting when it is placed or given up.
    this.waiting.promise.catch(() => undefined);
  }

  /** Resolves once messages come. */
  get placed(): Promise<void> {
    return this.waiting.promise;
  }

  /** The server has confirmed: from here on nothing is missed, but before it may have been. */
  place(source: Source): void {
    this.source = source;
    this.waiting.resolve();
    if (this.wasPlaced) for (const { handler } of this.listeners) handler.interrupted(this.room);
    this.wasPlaced = true;
  }

  /** Messages do not come any more. */
  displace(): void {
    if (this.source === undefined) return;
    this.source = undefined;
    this.waiting = Promise.withResolvers<void>();
    this.waiting.promise.catch(() => undefined);
  }

  accept(batch: Batch): void {
    for (const { handler } of this.listeners) handler.batch(batch);
  }
}
