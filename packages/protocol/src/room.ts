/** Rooms as clients see them. */

/** 1 to 64 of `A-Z a-z 0-9 _ -`. */
const ROOM_ID = /^[A-Za-z0-9_-]{1,64}$/;
export const isRoomId = (value: unknown): value is string => typeof value === "string" && ROOM_ID.test(value);

/** 1 to 64 printable ASCII characters without space; `system` is ours. */
const USER_ID = /^[A-Za-z0-9._:@-]{1,64}$/;
export const isUserId = (value: unknown): value is string =>
  typeof value === "string" && USER_ID.test(value) && value !== "system";

export const TITLE_MAX_GRAPHEMES = 80;
export const NAME_MAX_GRAPHEMES = 32;
/** One day: a slower room is a closed one. */
export const SLOW_MODE_MAX_SECONDS = 86_400;

/** The part of a room's state that every viewer may know. */
export interface RoomView {
  readonly id: string;
  readonly title: string;
  /** uid of the host who made it. */
  readonly owner: string;
  readonly live: boolean;
  readonly closed: boolean;
  /** Seconds a viewer must wait between two danmaku; 0 is off. */
  readonly slow_mode_s: number;
  /** seq of the last record of the room; 0 for none. */
  readonly head: number;
  /** Number of records so far (`n` of the last one). */
  readonly n: number;
}

/** A row of the room list. */
export interface RoomSummary extends RoomView {
  readonly viewers: number;
}
