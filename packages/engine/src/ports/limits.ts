import type { Context } from "@barrage/kernel";

/** A value that is there at once where it is kept in this process, and later where it is asked of another. */
export type Soon<T> = T | Promise<T>;

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
