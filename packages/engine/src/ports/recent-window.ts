import type { Context } from "@barrage/kernel";
import type { Item, SampleRate } from "@barrage/protocol";
import type { RoomState } from "../room/state.ts";
import type { RoomItem } from "../room/policies/room-item.ts";

/**
 * Records of one room that are published together. `prev` is the seq before the first in the room's chain. On the feed
 * one without records only tells the room's head again: `prev` and `seq` are that.
 */
export interface Batch {
  readonly room: string;
  readonly prev: number;
  /** seq of the last item. */
  readonly seq: number;
  /** In order of seq. Those that a policy of the room withholds are among them, with the reason. */
  readonly items: readonly RoomItem[];
  /** Records of the log, since the batch before, that took no place in the chain because their sender was muted. */
  readonly muted?: number;
  /** The room's flush window, ms. */
  readonly windowMs?: number;
  /** What the viewers are to be told of the room's ceiling. */
  readonly rate?: SampleRate;
  /** Records between `prev` and `seq` that nobody can give any more: only in what a gateway reads from the window. */
  readonly expired?: number;
  /** The room after this batch, for a window that others read: where one of its records changed it. */
  readonly state?: RoomState;
}

/** `behind`: the stored head is lower than `prev` (writes were lost). `ahead`: somebody wrote further already. */
export type WindowOutcome = "written" | "behind" | "ahead";

/** Where a room's chain stands. */
export interface Head {
  readonly seq: number;
  readonly n: number;
}

export interface WindowSlice {
  readonly items: readonly RoomItem[];
  /** The room's last record, in the window or not. */
  readonly head: Head;
  /** The last record that is no longer in the window; `{ seq: 0, n: 0 }` when it reaches back to the first. */
  readonly floor: Head;
  /** Where `after` lies below the floor: what is known of the records between; absent: nothing. */
  readonly past?: WindowPast;
}

/** Records that a window had no room for. */
export interface WindowPast {
  /** The control and paid ones after `after`, in order, as far back as the resume horizon. */
  readonly kept: readonly Item[];
  /** Those after this seq are all in `kept`; before it some were too many. */
  readonly keptFrom: number;
  /** Those up to this seq are all in `kept`, and the next ones were too many to be read at once; absent: all are. */
  readonly keptTo?: Head;
  /** Ordinal of the record at `after`. */
  readonly afterN?: number;
  /** The first record after `after` is older than the resume horizon. */
  readonly isExpired: boolean;
}

/** What is to be kept of a room when its window is opened. */
export type KeptBefore = Pick<WindowPast, "kept" | "keptFrom">;

/** Where a room's chain stands, and what was kept of the time before the window's records. */
export interface Opening extends Head {
  readonly before?: KeptBefore;
  /** The room as of this head, for a window that others read. */
  readonly state?: RoomState;
}

/**
 * The last records of each room, for late joiners and resume. Bounded in count, bytes and age.
 * A slice read after a subscription to the feed leaves no hole between the two.
 */
export interface RecentWindow {
  /** Sets where a room's chain stands, before its first batch after a start. */
  open(room: string, at: Opening, items: readonly RoomItem[], ctx: Context): Promise<void>;
  /** Appends the batch only if the room's stored head equals `batch.prev`. Atomic. */
  append(batch: Batch, ctx: Context): Promise<WindowOutcome>;
  /** Items with seq > `after`, oldest first; the newest `limit` of them. An unknown room has head 0. */
  read(room: string, after: number, limit: number, ctx: Context): Promise<WindowSlice>;
  /** Takes recalled or erased records out. */
  remove(room: string, match: (item: Item) => boolean, ctx: Context): Promise<void>;
}
