import type { Batch, Feed, FeedHandler, FeedSubscription } from "../ports/index.ts";

/** One subscriber and its rooms. */
class Subscriber implements FeedSubscription {
  private readonly handler: FeedHandler;
  private readonly rooms = new Set<string>();
  private readonly all: Set<Subscriber>;

  constructor(handler: FeedHandler, all: Set<Subscriber>) {
    this.handler = handler;
    this.all = all;
    all.add(this);
  }

  enter(room: string): Promise<void> {
    this.rooms.add(room);
    return Promise.resolve();
  }

  leave(room: string): void {
    this.rooms.delete(room);
  }

  accept(batch: Batch): void {
    if (this.rooms.has(batch.room)) this.handler.batch(batch);
  }

  [Symbol.dispose](): void {
    this.all.delete(this);
  }
}

/** The feed of a single process: a publish calls every subscriber of the room at once. */
export function createMemoryFeed(): Feed {
  const subscribers = new Set<Subscriber>();
  return {
    publish(batch) {
      for (const subscriber of subscribers) subscriber.accept(batch);
      return Promise.resolve();
    },
    subscribe: (handler) => new Subscriber(handler, subscribers),
  };
}
