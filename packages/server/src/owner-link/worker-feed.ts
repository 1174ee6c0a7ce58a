import { createMemoryFeed } from "@barrage/engine";
import type { Batch, FanOutWork, Feed, FeedHandler, FeedSubscription } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { encodeFrame } from "./codec.ts";

/** Where a batch goes: a worker that has viewers in its room. */
export interface FeedReader {
  write(frame: Buffer): void;
}

/**
 * The feed to the workers of this machine: a batch becomes bytes once, and each worker that has entered the room gets
 * the same buffer.
 */
export class WorkerFeed implements Feed {
  private readonly readers = new Map<string, Set<FeedReader>>();
  private readonly own = createMemoryFeed();
  private readonly now: () => number;
  private writes = 0;
  private ms = 0;

  /** `now` is monotonic, ms, as fine as the platform has it. */
  constructor(now: () => number) {
    this.now = now;
  }

  async publish(batch: Batch, ctx: Context): Promise<void> {
    const readers = this.readers.get(batch.room);
    if (readers !== undefined) {
      const begun = this.now();
      const frame = encodeFrame("batch", batch);
      for (const reader of readers) reader.write(frame);
      this.writes += readers.size;
      this.ms += this.now() - begun;
    }
    await this.own.publish(batch, ctx);
  }

  /** For readers in the owner's own process. */
  subscribe(handler: FeedHandler): FeedSubscription {
    return this.own.subscribe(handler);
  }

  enter(room: string, reader: FeedReader): void {
    let readers = this.readers.get(room);
    if (readers === undefined) this.readers.set(room, (readers = new Set()));
    readers.add(reader);
  }

  leave(room: string, reader: FeedReader): void {
    const readers = this.readers.get(room);
    if (readers?.delete(reader) === true && readers.size === 0) this.readers.delete(room);
  }

  readersOf(room: string): Iterable<FeedReader> {
    return this.readers.get(room) ?? [];
  }

  readerCount(room: string): number {
    return this.readers.get(room)?.size ?? 0;
  }

  /** What fan-out to workers has cost, encoding included. */
  get work(): FanOutWork {
    return { writes: this.writes, ms: this.ms };
  }
}
