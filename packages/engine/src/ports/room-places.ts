import type { Context } from "@barrage/kernel";
import type { Soon } from "../soon.ts";

/** Places for rooms: as many as `rooms.max`. */
export interface RoomPlaces {
  /** A place for a room that is about to be made; false when none is free. A room that has one keeps it. */
  take(room: string, ctx: Context): Soon<boolean>;
}
