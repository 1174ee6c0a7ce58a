import type { Item } from "@barrage/protocol";
import type { Applied } from "../room/transitions.ts";
import type { Head } from "../ports/index.ts";
import type { RoomState } from "../room/state.ts";
import type { JudgedRoom } from "./judges.ts";

/** A room with records that are folded but not yet published. */
export interface Pending extends JudgedRoom {
  /** Last record that was published. */
  head: Head;
  items: Item[];
  /** Records since the last batch that took no place in the chain. */
  muted: number;
  /** `clock.now()` of the room's last flush; minus infinity before the first. */
  flushedAt: number;
  /** seq of the first record that is on its way to window and feed; undefined while none is. */
  busyFrom: number | undefined;
  /** The room as of `head`; its own `head` need not be. */
  state: RoomState;
  /** The room after each of `items` that changed it, in order. */
  changes: RoomState[];
  /** The window has the room's state already. */
  isStored: boolean;
}

/** `state`: the room without the record at hand. `isStored`: its window has that state. */
export const pendingAt = (state: RoomState, isStored: boolean): Pending => ({
  room: state.id,
  head: state.head,
  policies: state.policies,
  items: [],
  muted: 0,
  flushedAt: Number.NEGATIVE_INFINITY,
  busyFrom: undefined,
  state,
  changes: [],
  isStored,
});

/** Adds a record that took a place in the chain. */
export function addTo(pending: Pending, { item, state }: Applied & { readonly outcome: "published" }): void {
  pending.items.push(item);
  if (item.kind === "room-event") pending.changes.push(state);
}

/** The room as of the record at `head`; `changes` are those up to there and perhaps later ones. */
export function stateAt(before: RoomState, changes: readonly RoomState[], head: Head): RoomState {
  const last = changes.findLast((change) => change.head.seq <= head.seq);
  return { ...(last ?? before), head };
}

/** The seq before the first record that is not published yet; infinity where all are. */
export function publishedUpTo({ items, busyFrom }: Pending): number {
  const first = busyFrom ?? items[0]?.seq ?? Number.POSITIVE_INFINITY;
  return first - 1;
}
