import type { Context } from "@barrage/kernel";
import type { RoomStates } from "../ports/index.ts";
import type { Progress } from "../progress.ts";
import type { Rooms } from "../room/rooms.ts";
import type { RoomState } from "../room/state.ts";

/** Room states in the process that folds them: always as of now. */
export class LocalRoomStates implements RoomStates {
  private readonly rooms: Rooms;
  private readonly folded: Progress;

  constructor(rooms: Rooms, folded: Progress) {
    this.rooms = rooms;
    this.folded = folded;
  }

  find(room: string): RoomState | undefined {
    return this.rooms.get(room);
  }

  fresh(room: string): RoomState | undefined {
    return this.rooms.get(room);
  }

  reached(_room: string, seq: number, ctx: Context): Promise<void> {
    return this.folded.wait(seq, ctx);
  }
}
