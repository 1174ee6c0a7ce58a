import type { PolicyChange } from "./policies.ts";

/**
 * What a room's log can hold. Every kind is one variant of `Entry`; an `Entry` with its place in the room is an `Item`.
 * What crosses the wire is written in snake_case, so one object is stored, sent and read without a copy.
 */

export const MODES = ["scroll", "top", "bottom", "reverse"] as const;
/** How a danmaku moves: right to left, fixed at the top, fixed at the bottom, left to right. */
export type Mode = (typeof MODES)[number];

export const ROLES = ["viewer", "moderator", "host", "service"] as const;
/** Who a token speaks for. A `service` is another back end: it may send paid records and speak for a viewer. */
export type Role = (typeof ROLES)[number];

export const KINDS = ["danmaku", "superchat", "gift", "like", "enter", "recall", "room-event"] as const;
export type Kind = (typeof KINDS)[number];

/** The sender as everybody sees them. */
export interface Author {
  readonly uid: string;
  readonly name: string;
  readonly role: Role;
}

interface EntryBase {
  /** Unique, made by ingest; the id that recall, ack and the client's own echo refer to. */
  readonly id: string;
  /** Wall clock of ingest, ms since 1970. */
  readonly at: number;
  readonly author: Author;
}

/** A record that a client or a service sent. */
interface SentEntry extends EntryBase {
  readonly client_msg_id?: string;
  /** W3C trace context of the last step on its way; only where its publish is traced. */
  readonly trace?: string;
}

/** What an imported file said of a danmaku that Barrage itself has no use for; kept so that an export loses nothing. */
export interface FileOrigin {
  /** Sender as the file has it: a crc32 in hex, or a numeric uid. */
  readonly sender: string;
  /** Row id as text: it has 64 bits. */
  readonly row_id: string;
  /** 0 normal, 1 subtitle, 2 special. */
  readonly pool: number;
  /** Mode number of the file (1-9); several map to one `Mode`. */
  readonly mode: number;
  /** Unix time as written in the file, and its unit. */
  readonly sent_at: number;
  readonly sent_at_unit: "s" | "ms";
  /** Higher is kept longer; only in files with nine fields. */
  readonly weight?: number;
  /** The colour as written, where it is no colour (real files hold `undefined`); the danmaku is then white. */
  readonly color_text?: string;
}

export interface DanmakuEntry extends SentEntry {
  readonly kind: "danmaku";
  /** NFC, at most `content_max` graphemes, no control character, well-formed. */
  readonly content: string;
  readonly mode: Mode;
  /** RGB, 0 to 0xffffff. */
  readonly color: number;
  /** Font size in Bilibili's scale: 18 small, 25 normal, 36 large. */
  readonly size: number;
  /** Place in the video, ms (may have a fraction); absent for a stream without a time line. */
  readonly pts_ms?: number;
  readonly origin?: FileOrigin;
  /** How many equal danmaku this one stands for so far, itself included; only in a snapshot, and only above one. */
  readonly merged?: number;
}

/** Money in millionths of the currency's unit, as an integer. */
export interface Money {
  readonly amount_micros: number;
  /** ISO 4217. */
  readonly currency: string;
}

export interface SuperchatEntry extends SentEntry, Money {
  readonly kind: "superchat";
  readonly content: string;
  /** How long the card stays pinned, ms. */
  readonly pin_ms: number;
}

export interface GiftEntry extends SentEntry, Money {
  readonly kind: "gift";
  readonly gift_id: string;
  readonly gift_name: string;
  readonly count: number;
}

export interface LikeEntry extends SentEntry {
  readonly kind: "like";
  readonly count: number;
}

export interface EnterEntry extends SentEntry {
  readonly kind: "enter";
}

/** Takes back one danmaku (`target.id`) or everything a user sent so far (`target.uid`). */
export interface RecallEntry extends EntryBase {
  readonly kind: "recall";
  readonly target: { readonly id: string } | { readonly uid: string };
}

/** A change of the room's state; the room's state is the fold of these. */
export type RoomEvent =
  | {
      readonly type: "created";
      readonly title: string;
      readonly owner: string;
      /** What the room begins with; absent: everything off. */
      readonly policies?: PolicyChange;
    }
  | { readonly type: "live" }
  | { readonly type: "offline"; readonly reason: "ended" | "missed_heartbeat" }
  | { readonly type: "title"; readonly title: string }
  | { readonly type: "slow_mode"; readonly seconds: number }
  /** `until` is ms since 1970, `null` for ever. A muted user watches but cannot publish. */
  | { readonly type: "mute"; readonly uid: string; readonly until: number | null }
  | { readonly type: "unmute"; readonly uid: string }
  /** A banned user is also disconnected and cannot join with a token. */
  | { readonly type: "ban"; readonly uid: string; readonly until: number | null }
  | { readonly type: "unban"; readonly uid: string }
  | { readonly type: "closed" }
  /** The policies that change; the others stay as they are. */
  | { readonly type: "policies"; readonly change: PolicyChange };

export interface RoomEventEntry extends EntryBase {
  readonly kind: "room-event";
  readonly event: RoomEvent;
}

/** What a record says, before the log has given it a place. */
export type Entry =
  DanmakuEntry | SuperchatEntry | GiftEntry | LikeEntry | EnterEntry | RecallEntry | RoomEventEntry;

/** Where a record stands in its room. */
export interface Place {
  /** From the log's offset: strictly increasing in a room, not dense. Nobody subtracts two. */
  readonly seq: number;
  /** Ordinal among the room's live records, from 1, dense; 0 for imported history. Counts come from `n`. */
  readonly n: number;
}

/** A record as viewers receive it. */
export type Item = Entry & Place;

export const DEFAULT_COLOR = 0xffffff;
export const DEFAULT_SIZE = 25;
/** Font sizes that clients accept; the extremes are the smallest and largest in Bilibili's files. */
export const SIZE_MIN = 12;
export const SIZE_MAX = 64;

/** Author of records that the system itself appends (missed heartbeat, demo). */
export const SYSTEM_AUTHOR: Author = Object.freeze({ uid: "system", name: "system", role: "service" });
