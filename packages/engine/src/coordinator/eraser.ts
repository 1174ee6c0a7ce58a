import type { Context } from "@barrage/kernel";
import type { Archive, DanmakuLog, Erasure, RecentWindow, UserEraser } from "../ports/index.ts";
import type { Progress } from "../progress.ts";
import type { Archiver } from "../router/archiver.ts";
import type { Rooms } from "../room/rooms.ts";

export interface EraserParts {
  readonly log: DanmakuLog;
  readonly archive: Archive;
  readonly window: RecentWindow;
  readonly rooms: Rooms;
  /** How far records have reached the window. */
  readonly published: Progress;
  readonly archiver: Archiver;
}

/** Forgets a user in the process that owns all of it: what waits in memory is waited for. */
export class Eraser implements UserEraser {
  private readonly parts: EraserParts;

  constructor(parts: EraserParts) {
    this.parts = parts;
  }

  async erase(uid: string, ctx: Context): Promise<Erasure> {
    const { log, archive, window, rooms, published, archiver } = this.parts;
    const records = await log.erase(uid, ctx);
    // What was appended before is on its way from memory to window and archive: it must have arrived to be erased there.
    const { head } = log.stats;
    await published.wait(head, ctx);
    await archiver.reach(head, ctx);
    for (const { id } of rooms.all()) await window.remove(id, ({ author }) => author.uid === uid, ctx);
    return { records, rooms: await archive.erase(uid, ctx) };
  }
}
