import type { Author, Item, Mode } from "./danmaku.ts";
import type { RoomPolicies } from "./policies.ts";
import type { RoomView } from "./room.ts";

/**
 * Why records were withheld. `slow`: the viewer's socket was full. `expired`: older than the recent window. `sampled`:
 * the room shows at most so many a second to everybody.
 */
export const GAP_REASONS = ["slow", "expired", "sampled"] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** Equal danmaku that are shown as one: the first's place and text, and how many there have been, the first included. */
export interface MergedCount {
  readonly seq: number;
  readonly count: number;
  readonly content: string;
}

/** Of the ordinary danmaku of the last full second, how many were shown and how many there were. */
export interface SampleRate {
  readonly shown: number;
  readonly of: number;
}

/** First frame of every connection. */
export interface SnapshotFrame {
  readonly type: "snapshot";
  readonly room: RoomView;
  /** Who the token says the viewer is; `null` for a viewer without a token. */
  readonly you: Author | null;
  readonly viewers: number;
  /** Without `since`: the last danmaku of the recent window. With `since` none: what was missed follows in batches. */
  readonly items: readonly Item[];
  /** seq up to which this frame brings the client, `since` where it resumes; the next batch's `prev` equals it. */
  readonly head: number;
  /**
   * True if `since` was asked for and what came after it can be told: it follows in batches and gaps, up to `room.head`.
   * False with a `since`: the client begins afresh, because it was away for too long or has seen another log.
   */
  readonly resumed: boolean;
  /** `window_ms`: the room's flush window now; a busy room's records come this far apart. */
  readonly limits: {
    readonly content_max: number;
    readonly heartbeat_ms: number;
    readonly window_ms?: number;
  };
  /** Server wall clock, ms since 1970. */
  readonly ts: number;
  /** The room's policies; absent: all are as a room begins, which is off. */
  readonly policies?: RoomPolicies;
}

/** Records of one room, in order. */
export interface BatchFrame {
  readonly type: "batch";
  readonly room_id: string;
  /** seq before the first of this batch in the room's chain. A client whose last seq differs, and who saw no gap, resumes. */
  readonly prev: number;
  /** seq of the last record of this batch, shed or not. */
  readonly seq: number;
  /** Number of `items`. */
  readonly count: number;
  /** Present when records of this batch were withheld from this viewer. */
  readonly shed?: { readonly count: number; readonly reason: GapReason };
  /** The room's flush window when this batch was made, ms: it adapts to load. */
  readonly window_ms?: number;
  /** Records of this batch that the room's ceiling withheld from everybody; absent for none. */
  readonly sampled?: number;
  /** Danmaku whose count grew with this batch, each once; a count that comes later replaces it. */
  readonly merged?: readonly MergedCount[];
  /** Where the ceiling withheld something: at most once a second, and once more when it no longer does. */
  readonly rate?: SampleRate;
  readonly items: readonly Item[];
}

/** Records withheld from this viewer: after `from`, up to and with `to`. */
export interface GapFrame {
  readonly type: "gap";
  readonly room_id: string;
  readonly from: number;
  readonly to: number;
  /** How many; `null` where the server can no longer know (history expired). */
  readonly count: number | null;
  readonly reason: GapReason;
}

/** The publish with this `client_msg_id` is durable (or lies in the moderators' queue when `held`). */
export type AckFrame =
  | { readonly type: "ack"; readonly client_msg_id?: string; readonly id: string; readonly seq: number }
  | { readonly type: "ack"; readonly client_msg_id?: string; readonly id: string; readonly held: true };

export interface ErrorFrame {
  readonly type: "error";
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly retry_after_ms?: number;
  readonly client_msg_id?: string;
}

export interface ViewersFrame {
  readonly type: "viewers";
  readonly room_id: string;
  readonly count: number;
}

export interface PongFrame {
  readonly type: "pong";
  readonly ts: number;
  /** The ping's `t`, unchanged. */
  readonly t?: number;
  /** Connections in the room. */
  readonly viewers: number;
}

/** The server is about to close: come back after `retry_ms`. */
export interface ByeFrame {
  readonly type: "bye";
  /** `busy`: more viewers come at once than this room can take; each is given a moment of its own. */
  readonly reason: "drain" | "busy";
  readonly retry_ms: number;
}

export type ServerFrame =
  SnapshotFrame | BatchFrame | GapFrame | AckFrame | ErrorFrame | ViewersFrame | PongFrame | ByeFrame;

/** Body of `POST /api/v1/danmu` without the room, and of the `danmu` frame. */
export interface PublishBody {
  readonly content: string;
  readonly mode?: Mode;
  /** RGB number, or `#rrggbb`. */
  readonly color?: number | string;
  readonly size?: number;
  readonly pts_ms?: number;
  readonly client_msg_id?: string;
}

export type ClientFrame =
  | { readonly type: "ping"; readonly t?: number; readonly seq?: number }
  | ({ readonly type: "danmu" } & PublishBody)
  | { readonly type: "like"; readonly count: number; readonly client_msg_id?: string };

/** Bytes of one client frame; a larger one closes the connection. Sixteen times a full danmaku with every field. */
export const CLIENT_FRAME_MAX_BYTES = 16_384;
