import type { Context } from "@barrage/kernel";
import type { RoomState } from "../room/state.ts";

/**
 * Room states as of one place in the log. A restart loads it and folds the records after `seq` over it.
 * Only what the archive holds durably may be in a checkpoint, so nothing between the two can be lost.
 */
export interface Checkpoint {
  /** seq of the last record that `rooms` includes. */
  readonly seq: number;
  readonly rooms: readonly RoomState[];
}

/** Durable room states. */
export interface RoomStore {
  /** `{ seq: 0, rooms: [] }` when none was ever saved. */
  load(ctx: Context): Promise<Checkpoint>;
  /** Saves the rooms that changed since the last save, and the seq, in one transaction. */
  save(checkpoint: Checkpoint, ctx: Context): Promise<void>;
}
