import type { Context } from "@barrage/kernel";
import type { Item, RoomSummary } from "@barrage/protocol";
import type { HistoryAnswer, RoomDirectory } from "../engine.ts";
import type { Archive, HistoryQuery } from "../ports/index.ts";
import type { Rooms } from "../room/rooms.ts";
import type { Archiver } from "../router/archiver.ts";
import { viewOf } from "../room/state.ts";

/** Records that one page of a whole-room reading holds. */
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

  list(): readonly RoomSummary[] {
    const open: RoomSummary[] = [];
    for (const state of this.parts.rooms.all()) {
      if (!state.closed) open.push({ ...viewOf(state), viewers: this.parts.viewersOf(state.id) });
    }
    return open.sort(
      (a, b) => b.viewers - a.viewers || Number(b.live) - Number(a.live) || (a.id < b.id ? -1 : 1),
    );
  }

  find(room: string): RoomSummary | undefined {
    const state = this.parts.rooms.get(room);
    return state === undefined ? undefined : { ...viewOf(state), viewers: this.parts.viewersOf(room) };
  }

  /** History as of now: what was published before the call is in it, unless the archive cannot be written. */
  async history(query: HistoryQuery, ctx: Context): Promise<HistoryAnswer> {
    const { rooms, archive, archiver } = this.parts;
    const isComplete = await archiver.reachUnlessFailing(rooms.seq, ctx);
    return { page: await archive.query(query, ctx), isComplete };
  }

  async *pages(room: string, ctx: Context): AsyncIterable<readonly Item[]> {
    const { rooms, archive, archiver } = this.parts;
    await archiver.reach(rooms.seq, ctx);
    let after = 0;
    for (;;) {
      const { items, next } = await archive.query({ room, after, limit: PAGE_ITEMS }, ctx);
      if (items.length > 0) yield items;
      if (next === undefined) return;
      after = next;
    }
  }
}
