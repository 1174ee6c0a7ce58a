import type { Context } from "@barrage/kernel";
import type { RoomSummary } from "@barrage/protocol";
import type { HistoryAnswer, RoomDirectory } from "../engine.ts";
import type { Archive, ArchiveProgress, HistoryPage, HistoryQuery } from "../ports/index.ts";
import type { Rooms } from "../room/rooms.ts";
import { viewOf } from "../room/state.ts";
import { HistoryReader } from "./history-reader.ts";
import { byViewers } from "./room-order.ts";

export interface DirectoryParts {
  readonly rooms: Rooms;
  readonly archive: Archive;
  readonly archived: ArchiveProgress;
  readonly viewersOf: (room: string) => number;
}

/** Rooms and their history, in the process that folds and archives them. */
export class Directory implements RoomDirectory {
  private readonly parts: DirectoryParts;
  private readonly reader: HistoryReader;

  constructor(parts: DirectoryParts) {
    this.parts = parts;
    this.reader = new HistoryReader(parts);
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
    return Promise.resolve(open.sort(byViewers));
  }

  find(room: string): Promise<RoomSummary | undefined> {
    const state = this.parts.rooms.get(room);
    return Promise.resolve(
      state === undefined ? undefined : { ...viewOf(state), viewers: this.parts.viewersOf(room) },
    );
  }

  history(query: HistoryQuery, ctx: Context): Promise<HistoryAnswer> {
    return this.reader.history(query, ctx);
  }

  page(room: string, after: number, ctx: Context): Promise<HistoryPage> {
    return this.reader.page(room, after, ctx);
  }
}
