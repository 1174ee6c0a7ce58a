import type { Context } from "@barrage/kernel";
import type { ArchiveProgress } from "../ports/index.ts";
import type { Rooms } from "../room/rooms.ts";
import type { Archiver } from "../router/archiver.ts";

/** The archive's progress in the process that writes it, which has one order for all rooms. */
export class LocalArchiveProgress implements ArchiveProgress {
  private readonly rooms: Rooms;
  private readonly archiver: Archiver;

  constructor(rooms: Rooms, archiver: Archiver) {
    this.rooms = rooms;
    this.archiver = archiver;
  }

  reach(_room: string, ctx: Context): Promise<void> {
    return this.archiver.reach(this.rooms.seq, ctx);
  }

  reachUnlessFailing(_room: string, ctx: Context): Promise<boolean> {
    return this.archiver.reachUnlessFailing(this.rooms.seq, ctx);
  }
}
