import type { Context } from "@barrage/kernel";
import type { Archive, DanmakuLog, RecentWindow } from "../ports/index.ts";
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

/** Forgets a user: log, held queue, archive and recent windows. */
export class Eraser {
  private readonly parts: EraserParts;

  constructor(parts: EraserParts) {
    this.parts = parts;
  }

  async erase(
    uid: string,
    ctx: Context,
  ): Promise<{ readonly records: number; readonly rooms: readonly string[] }> {
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
