import type { Context } from "@barrage/kernel";
import type { RoomSummary } from "@barrage/protocol";
import type { HistoryAnswer, RoomDirectory } from "../engine.ts";
import type { Archive, HistoryPage, HistoryQuery } from "../ports/index.ts";
import type { Rooms } from "../room/rooms.ts";
import type { Archiver } from "../router/archiver.ts";
import { viewOf } from "../room/state.ts";

/** Records of one page of a whole-room reading. */
const PAGE_ITEMS = 1_000;

export interface DirectoryParts {
  readonly rooms: Rooms;
  readonly archive: Archive;
  readonly archiver: Archiver;
  readonly viewersOf: (room: string) => number;
}

/** Reading rooms and their history; open to everyone. */
export class Directory implements RoomDirectory {
  private readonly parts: DirectoryParts;

  constructor(parts: DirectoryParts) {
    this.parts = parts;
  }

  /** Rooms that are not closed. */
  get openCount(): number {
    let count = 0;
    for (const { closed } of this.parts.rooms.all()) if (!closed) count += 1;
    return count;
  }

  list(): Promise<readonly RoomSummary[]> {
    const open: RoomSummary[] = [];
    for (const state of this.parts.rooms.all()) {
      if (!state.closed) open.push({ ...viewOf(state), viewers: this.parts.viewersOf(state.id) });
    }
    open.sort((a, b) => b.viewers - a.viewers || Number(b.live) - Number(a.live) || (a.id < b.id ? -1 : 1));
    return Promise.resolve(open);
  }

  find(room: string): Promise<RoomSummary | undefined> {
    const state = this.parts.rooms.get(room);
    return Promise.resolve(
      state === undefined ? undefined : { ...viewOf(state), viewers: this.parts.viewersOf(room) },
    );
  }

  /** History as of now: what was published before the call is in it, unless the archive cannot be written. */
  async history(query: HistoryQuery, ctx: Context): Promise<HistoryAnswer> {
    const { rooms, archive, archiver } = this.parts;
    const isComplete = await archiver.reachUnlessFailing(rooms.seq, ctx);
    return { page: await archive.query(query, ctx), isComplete };
  }

  async page(room: string, after: number, ctx: Context): Promise<HistoryPage> {
    const { rooms, archive, archiver } = this.parts;
    await archiver.reach(rooms.seq, ctx);
    return archive.query({ room, after, limit: PAGE_ITEMS }, ctx);
  }
}
