import type {
  AckFrame,
  BatchFrame,
  ErrorFrame,
  Item,
  MergedCount,
  RoomPolicies,
  RoomView,
  SampleRate,
  SnapshotFrame,
  ViewersFrame,
} from "@barrage/protocol";
import type { BarrageError, PongFrame } from "@barrage/protocol";
import type { Gap } from "./cursor.ts";
import type { ConnectionState, TimerName } from "./state.ts";

/** What a transition asks the outside to do, in order. Doing it decides nothing. */
export type Effect =
  | { readonly type: "open" }
  /** Lets go of the socket: no event of it arrives afterwards. */
  | { readonly type: "drop"; readonly code: number; readonly reason: string }
  | { readonly type: "arm"; readonly timer: TimerName; readonly ms: number }
  | { readonly type: "disarm"; readonly timer: TimerName }
  | { readonly type: "ping" }
  | { readonly type: "refresh-token" }
  /** The room is there: everything unanswered is sent (again). */
  | { readonly type: "flush-outbox" }
  | { readonly type: "settle"; readonly frame: AckFrame | ErrorFrame }
  | { readonly type: "pong"; readonly frame: PongFrame }
  | { readonly type: "state"; readonly state: ConnectionState }
  | { readonly type: "snapshot"; readonly frame: SnapshotFrame; readonly items: readonly Item[] }
  | { readonly type: "batch"; readonly frame: BatchFrame; readonly items: readonly Item[] }
  | { readonly type: "gap"; readonly gap: Gap }
  | { readonly type: "viewers"; readonly frame: ViewersFrame }
  | { readonly type: "fault"; readonly error: BarrageError };

/** Events a caller can subscribe to, with what each handler gets. */
export interface RoomEvents {
  /** The room as it is at join or resume. Its items come as `item` events too. */
  readonly snapshot: SnapshotFrame;
  /** A frame of new records. `items` holds those not seen before. */
  readonly batch: { readonly frame: BatchFrame; readonly items: readonly SeenItem[] };
  /** One record, exactly once, in order. An own danmaku comes with its ack, which may be before its turn. */
  readonly item: SeenItem;
  /** Records were withheld. */
  readonly gap: Gap;
  /** Equal danmaku that came later are part of one that was shown: its count is now this. It may not be on the screen any more. */
  readonly merged: MergedCount;
  /** Of the ordinary danmaku of a second, how many the room has shown; equal when it shows all again. */
  readonly rate: SampleRate;
  /** The room's policies, at join and whenever they changed. */
  readonly policies: RoomPolicies;
  readonly viewers: number;
  readonly state: ConnectionState;
  readonly ack: AckFrame;
  /** What the server refused outside of a send, and faults of the stream. */
  readonly error: BarrageError;
  /** The room's state, whenever it changed. */
  readonly room: RoomView;
}

/** A record as the SDK hands it over. An own danmaku that comes with its ack has no `n` yet. */
export type SeenItem = (Item extends infer I ? (I extends Item ? Omit<I, "n"> : never) : never) & {
  readonly n?: number;
  /** Sent by the viewer whom the token names. */
  readonly own: boolean;
  /** Part of the snapshot: it was published before the viewer came (back). */
  readonly past: boolean;
};
