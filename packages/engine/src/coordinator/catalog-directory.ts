import type { Context } from "@barrage/kernel";
import type { RoomSummary } from "@barrage/protocol";
import type { HistoryAnswer, RoomDirectory } from "../engine.ts";
import type { HistoryPage, HistoryQuery, RoomCatalog, RoomStates, Soon } from "../ports/index.ts";
import { viewOf } from "../room/state.ts";
import type { RoomState } from "../room/state.ts";
import { HistoryReader } from "./history-reader.ts";
import type { HistoryParts } from "./history-reader.ts";
import { byViewers } from "./room-order.ts";

/** Rooms of one list: those with the newest records. */
const LIST_ROOMS = 500;

export interface CatalogDirectoryParts extends HistoryParts {
  readonly catalog: Pick<RoomCatalog, "list">;
  readonly states: Pick<RoomStates, "find">;
  /** In all processes. */
  readonly viewersOf: (room: string, ctx: Context) => Soon<number>;
}

/** Rooms and their history where other processes fold and archive them. */
export class CatalogDirectory implements RoomDirectory {
  private readonly parts: CatalogDirectoryParts;
  private readonly reader: HistoryReader;

  constructor(parts: CatalogDirectoryParts) {
    this.parts = parts;
    this.reader = new HistoryReader(parts);
  }

  /** As far as the catalogue has come: a room that was made just now is in it a little later. */
  async list(ctx: Context): Promise<readonly RoomSummary[]> {
    const states = await this.parts.catalog.list(LIST_ROOMS, ctx);
    const rooms = await Promise.all(states.map((state) => this.summaryOf(state, ctx)));
    return rooms.sort(byViewers);
  }

  async find(room: string, ctx: Context): Promise<RoomSummary | undefined> {
    const state = await this.parts.states.find(room, ctx);
    return state === undefined ? undefined : this.summaryOf(state, ctx);
  }

  history(query: HistoryQuery, ctx: Context): Promise<HistoryAnswer> {
    return this.reader.history(query, ctx);
  }

  page(room: string, after: number, ctx: Context): Promise<HistoryPage> {
    return this.reader.page(room, after, ctx);
  }

  private async summaryOf(state: RoomState, ctx: Context): Promise<RoomSummary> {
    return { ...viewOf(state), viewers: await this.parts.viewersOf(state.id, ctx) };
  }
}
