import type { Context } from "@barrage/kernel";
import type { Item, RoomSummary } from "@barrage/protocol";
import type { RoomDirectory } from "../engine.ts";
import type { Archive, HistoryPage, HistoryQuery } from "../ports/index.ts";
import type { Rooms } from "../room/rooms.ts";
import { viewOf } from "../room/state.ts";

/** Records that one page of a whole-room reading holds. */
const PAGE_ITEMS = 1_000;

/** Reading rooms and their history; open to everyone. */
export class Directory implements RoomDirectory {
  private readonly rooms: Rooms;
  private readonly archive: Archive;
  private readonly viewersOf: (room: string) => number;

  constructor(rooms: Rooms, archive: Archive, viewersOf: (room: string) => number) {
    this.rooms = rooms;
    this.archive = archive;
    this.viewersOf = viewersOf;
  }

  list(): readonly RoomSummary[] {
    const open: RoomSummary[] = [];
    for (const state of this.rooms.all()) {
      if (!state.closed) open.push({ ...viewOf(state), viewers: this.viewersOf(state.id) });
    }
    return open.sort(
      (a, b) => b.viewers - a.viewers || Number(b.live) - Number(a.live) || (a.id < b.id ? -1 : 1),
    );
  }

  find(room: string): RoomSummary | undefined {
    const state = this.rooms.get(room);
    return state === undefined ? undefined : { ...viewOf(state), viewers: this.viewersOf(room) };
  }

  history(query: HistoryQuery, ctx: Context): Promise<HistoryPage> {
    return this.archive.query(query, ctx);
  }

  async *pages(room: string, ctx: Context): AsyncIterable<readonly Item[]> {
    let after = 0;
    for (;;) {
      const { items, next } = await this.archive.query({ room, after, limit: PAGE_ITEMS }, ctx);
      if (items.length > 0) yield items;
      if (next === undefined) return;
      after = next;
    }
  }
}
