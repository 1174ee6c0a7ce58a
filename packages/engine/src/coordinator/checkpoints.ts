import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { RoomStore } from "../ports/index.ts";
import type { Rooms } from "../room/rooms.ts";
import type { Archiver } from "../router/archiver.ts";

/** Saves room states now and then, never ahead of what the archive holds durably. */
export class Checkpoints {
  private readonly rooms: Rooms;
  private readonly store: RoomStore;
  private readonly archiver: Archiver;
  private savedSeq: number;

  constructor(rooms: Rooms, store: RoomStore, archiver: Archiver) {
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
        await this.save(ctx);
      } catch {
        ctx.throwIfCancelled();
        // The store says itself why; an older checkpoint only means a longer fold at the next start.
      }
    }
  }

  async save(ctx: Context): Promise<void> {
    if (this.rooms.seq === this.savedSeq) return;
    const checkpoint = this.rooms.checkpoint();
    try {
      await this.archiver.reach(checkpoint.seq, ctx);
      await this.store.save(checkpoint, ctx);
      this.savedSeq = checkpoint.seq;
    } catch (error) {
      this.rooms.keepForNext(checkpoint);
      throw error;
    }
  }
}
