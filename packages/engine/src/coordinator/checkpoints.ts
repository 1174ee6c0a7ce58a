import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Checkpoint, RoomStore } from "../ports/index.ts";
import type { Progress } from "../progress.ts";
import type { Rooms } from "../room/rooms.ts";
import type { Archiver } from "../router/archiver.ts";

export interface CheckpointParts {
  readonly rooms: Rooms;
  readonly store: RoomStore;
  readonly archiver: Archiver;
  /** How far records have been handed to the feed. */
  readonly published: Progress;
}

/**
 * Saves room states now and then, never ahead of what the archive holds durably and window and feed have: what a router
 * left unpublished when it died is after the checkpoint, and is published by the next one.
 */
export class Checkpoints {
  private readonly rooms: Rooms;
  private readonly store: RoomStore;
  private readonly archiver: Archiver;
  private readonly published: Progress;
  private savedSeq: number;

  constructor({ rooms, store, archiver, published }: CheckpointParts) {
    this.published = published;
    this.rooms = rooms;
    this.store = store;
    this.archiver = archiver;
    this.savedSeq = rooms.seq;
  }

  /** Records up to here are in checkpoint and archive: the log may forget them. */
  get seq(): number {
    return this.savedSeq;
  }

  async run(everyMs: number, ctx: Context): Promise<void> {
    using ticker = new Ticker(everyMs, ctx);
    for await (const _ of ticker) {
      try {
        const checkpoint = this.rooms.checkpoint();
        await this.saveWhen(checkpoint, this.published.wait(checkpoint.seq, ctx), ctx);
      } catch {
        ctx.throwIfCancelled();
        // The store says itself why; an older checkpoint only means a longer fold at the next start.
      }
    }
  }

  /** At the end, when nobody is left to publish to. */
  async save(ctx: Context): Promise<void> {
    await this.saveWhen(this.rooms.checkpoint(), undefined, ctx);
  }

  private async saveWhen(
    checkpoint: Checkpoint,
    isPublished: Promise<void> | undefined,
    ctx: Context,
  ): Promise<void> {
    try {
      await isPublished;
      if (checkpoint.seq === this.savedSeq) return;
      await this.archiver.reach(checkpoint.seq, ctx);
      await this.store.save(checkpoint, ctx);
      this.savedSeq = checkpoint.seq;
    } catch (error) {
      this.rooms.keepForNext(checkpoint);
      throw error;
    }
  }
}
