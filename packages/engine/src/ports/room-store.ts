import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { RoomState } from "../room/state.ts";

/** Records of one room that are published together. `prev` is the seq before the first in the room's chain. */
export interface Batch {
  readonly room: string;
  readonly prev: number;
  /** seq of the last item. */
  readonly seq: number;
  readonly items: readonly Item[];
}

/** `behind`: the stored head is lower than `prev` (writes were lost). `ahead`: somebody wrote further already. */
export type WindowOutcome = "written" | "behind" | "ahead";

export interface WindowSlice {
  readonly items: readonly Item[];
  /** seq of the room's last record; items end there unless `limit` cut them. */
  readonly head: number;
  /** seq up to which records are no longer in the window; 0 when it reaches back to the first. */
  readonly floor: number;
  /** `n` of the record at `floor`: how many records lie before the window. */
  readonly floorN: number;
}

/** Room state as saved, with the seq of the last record it includes. */
export interface RoomCheckpoint {
  readonly state: RoomState;
  readonly seq: number;
}

/**
 * What is known of rooms beside the log: state checkpoints and the recent window.
 * Everything in it can be made again from the log.
 */
export interface RoomStore {
  checkpoints(ctx: Context): Promise<readonly RoomCheckpoint[]>;
  saveCheckpoints(checkpoints: readonly RoomCheckpoint[], ctx: Context): Promise<void>;
  /** Appends the batch only if the room's stored head equals `batch.prev`. Atomic. */
  appendWindow(batch: Batch, ctx: Context): Promise<WindowOutcome>;
  /** Items with seq > `after`, oldest first; the newest `limit` of them. */
  readWindow(room: string, after: number, limit: number, ctx: Context): Promise<WindowSlice>;
  /** Makes the window of a room that starts at this head: after a restart, before its first batch. */
  openWindow(room: string, head: { readonly seq: number; readonly n: number }, ctx: Context): Promise<void>;
  /** Takes recalled or erased records out of the window. */
  removeFromWindow(room: string, match: (item: Item) => boolean, ctx: Context): Promise<void>;
}
