import type { Context } from "@barrage/kernel";
import type { RoomState } from "../room/state.ts";
import type { ArchivedItem } from "./archive.ts";
import type { Soon } from "../soon.ts";

/** Room states as whoever serves clients sees them. */
export interface RoomStates {
  /** Where states are kept in another process it may be about a second old: the router judges again, in log order. */
  find(room: string, ctx: Context): Soon<RoomState | undefined>;
  /** As of a moment after the call. */
  fresh(room: string, ctx: Context): Soon<RoomState | undefined>;
  /** Resolves once the room's record `seq` is part of what `fresh` gives, or the room is closed and takes no more. */
  reached(room: string, seq: number, ctx: Context): Promise<void>;
}

/** Room states beside a shared window: written in one step with the batch that changed them. */
export interface StoredStates {
  /** The state as of the window's head of that room; undefined where nothing is stored. */
  find(room: string, ctx: Context): Promise<RoomState | undefined>;
}

/** A room as a durable store has it. */
export interface CataloguedRoom {
  readonly state: RoomState;
  /** The last record of the room that was folded into it; `state.head` is the last that took a place in the chain. */
  readonly seq: number;
}

/** Durable room states, as far as the archive has come. */
export interface RoomCatalog {
  find(room: string, ctx: Context): Promise<CataloguedRoom | undefined>;
  /** Rooms that are not closed, those with the newest records first. */
  list(limit: number, ctx: Context): Promise<readonly RoomState[]>;
  /** Every room's id, closed ones too, in an order of the store's own: those after `after`, "" for the first. */
  ids(after: string, limit: number, ctx: Context): Promise<readonly string[]>;
  /** As `ids`, of the rooms that are live and not closed. */
  live(after: string, limit: number, ctx: Context): Promise<readonly string[]>;
}

/** What records of the log come to, written together or not at all. */
export interface CatalogWrite {
  readonly items: readonly ArchivedItem[];
  readonly rooms: readonly CataloguedRoom[];
}

/** The archive and the catalogue in one store. A write that is repeated counts once; a room is never set back. */
export interface CatalogWriter {
  writeAll(write: CatalogWrite, ctx: Context): Promise<void>;
}
