import type { Context } from "@barrage/kernel";
import type { UniquePolicy } from "@barrage/protocol";
import type { Soon } from "../soon.ts";

/** One token bucket per key, shared by everybody who uses the same store. */
export interface BucketStore {
  /** Takes one token. 0 when there was one; otherwise the ms until there is. */
  take(key: string, ctx: Context): Soon<number>;
}

/** When each user last spoke in each room, for the room's slow mode. */
export interface SlowModeStore {
  /** 0 and the moment is noted, or the ms that the user still has to wait. */
  enter(room: string, uid: string, seconds: number, ctx: Context): Soon<number>;
  /** What was to be said was not: the user may try again at once. */
  undo(room: string, uid: string, ctx: Context): Soon<void>;
}

/** A danmaku that wants to be said. */
export interface Saying {
  /** Of the danmaku. */
  readonly id: string;
  readonly content: string;
  /** Tells tries of one danmaku from two danmaku: a retry is no second one. Absent where the client gave no id. */
  readonly key: string | undefined;
}

/** What was said last in each room that has unique mode. */
export interface UniqueModeStore {
  /** 0 and it is noted as said; or the ms after which it may be said again, at the latest. */
  enter(room: string, saying: Saying, policy: UniquePolicy, ctx: Context): Soon<number>;
  /** It was not said after all. */
  undo(room: string, saying: Saying, ctx: Context): Soon<void>;
}

/** Everything that says how often somebody may publish. */
export interface LimitStores {
  readonly users: BucketStore;
  readonly rooms: BucketStore;
  readonly addresses: BucketStore;
  readonly slowMode: SlowModeStore;
  readonly uniqueMode: UniqueModeStore;
}
