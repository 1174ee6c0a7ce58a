import type { Context } from "@barrage/kernel";
import type { Author } from "@barrage/protocol";
import type { RoomState } from "../room/state.ts";
import type { Soon } from "../soon.ts";

/**
 * Who looks after the streamers' signs of life: in this process, or in that of a coordinator, whose decisions come with
 * the room's records.
 */
export interface RoomHeartbeats {
  /** The streamer is there: the room is live, or is about to be. */
  beat(room: RoomState, who: Author, ctx: Context): Soon<void>;
  /** The streamer has ended: the room is offline, or is about to be. */
  end(room: RoomState, who: Author, ctx: Context): Soon<void>;
  /** Nobody waits for the room's streamer any more. */
  forget(room: string, ctx: Context): Soon<void>;
}
