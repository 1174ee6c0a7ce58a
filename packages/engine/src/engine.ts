import type {
  Author,
  DecodedClientFrame,
  GiftEntry,
  PolicyChange,
  Publish,
  RoomPolicies,
  RoomSummary,
  RoomView,
  SuperchatEntry,
} from "@barrage/protocol";
import type { Context } from "@barrage/kernel";
import type { EngineTotals } from "./events.ts";
import type { Encoding } from "./gateway/encoding.ts";
import type { Ledger } from "./gateway/ledger.ts";
import type { PolicyCounts } from "./room/policies/tally.ts";
import type {
  AppendRequest,
  AuditEvent,
  HeldDanmaku,
  HistoryPage,
  HistoryQuery,
  LogStats,
} from "./ports/index.ts";

/** What the keyword list says of a text; `content` is the text to publish. */
export interface WordCheck {
  readonly verdict: "allow" | "mask" | "hold" | "reject";
  readonly content: string;
  readonly matched: readonly string[];
}

export type WordChecker = (content: string) => WordCheck;

/** Who asks, as the verified token says. */
export type Principal = Author;

/** What every call of a client carries beside its content. */
export interface Caller {
  readonly principal: Principal;
  /** Client address, for the limit by address. */
  readonly address: string;
}

export type PublishOutcome =
  | { readonly id: string; readonly room_id: string; readonly seq: number }
  | { readonly id: string; readonly room_id: string; readonly held: true };

export type SuperchatBody = Pick<SuperchatEntry, "content" | "amount_micros" | "currency" | "pin_ms"> &
  OnBehalf;
export type GiftBody = Pick<GiftEntry, "gift_id" | "gift_name" | "count" | "amount_micros" | "currency"> &
  OnBehalf;

/** A service speaks for a viewer. */
export interface OnBehalf {
  readonly author?: { readonly uid: string; readonly name: string };
  readonly client_msg_id?: string;
}

/** Ingest: checks who, how often and what, then appends. Every method resolves only after the record is durable. */
export interface Publisher {
  danmaku(
    caller: Caller,
    room: string,
    body: Publish & Pick<OnBehalf, "author">,
    ctx: Context,
  ): Promise<PublishOutcome>;
  superchat(caller: Caller, room: string, body: SuperchatBody, ctx: Context): Promise<PublishOutcome>;
  gift(caller: Caller, room: string, body: GiftBody, ctx: Context): Promise<PublishOutcome>;
  like(
    caller: Caller,
    room: string,
    body: { readonly count: number; readonly client_msg_id?: string },
    ctx: Context,
  ): Promise<PublishOutcome>;
  enter(caller: Caller, room: string, ctx: Context): Promise<PublishOutcome>;
  /** Imported history: archived in order, not fanned out. Service and host only. Returns how many were new. */
  import(caller: Caller, room: string, requests: readonly AppendRequest[], ctx: Context): Promise<number>;
}

export interface PolicyReport {
  readonly policies: RoomPolicies;
  readonly counts: PolicyCounts;
}

/** What people with power do to a room. Each appends a record to the log, so viewers see it in order with danmaku. */
export interface RoomCommands {
  create(
    who: Principal,
    room: { readonly id: string; readonly title?: string },
    ctx: Context,
  ): Promise<RoomView>;
  /** The streamer is there; makes the room live. Returns the wall clock in ms. */
  heartbeat(who: Principal, room: string, ctx: Context): Promise<number>;
  end(who: Principal, room: string, ctx: Context): Promise<void>;
  close(who: Principal, room: string, ctx: Context): Promise<void>;
  setTitle(who: Principal, room: string, title: string, ctx: Context): Promise<void>;
  setSlowMode(who: Principal, room: string, seconds: number, ctx: Context): Promise<void>;
  /** Changes the policies that `change` names; the others stay. */
  setPolicies(who: Principal, room: string, change: PolicyChange, ctx: Context): Promise<RoomPolicies>;
  /** What is in force, and what it has done since the owner's start. */
  policies(who: Principal, room: string, ctx: Context): Promise<PolicyReport>;
  /** `seconds` null: for ever. */
  mute(
    who: Principal,
    room: string,
    target: { readonly uid: string; readonly seconds: number | null },
    ctx: Context,
  ): Promise<void>;
  unmute(who: Principal, room: string, uid: string, ctx: Context): Promise<void>;
  ban(
    who: Principal,
    room: string,
    target: { readonly uid: string; readonly seconds: number | null },
    ctx: Context,
  ): Promise<void>;
  unban(who: Principal, room: string, uid: string, ctx: Context): Promise<void>;
  /** Takes back one danmaku. A viewer may take back their own. */
  recall(who: Principal, room: string, id: string, ctx: Context): Promise<void>;
  /** Takes back everything a user has sent in this room. */
  clearUser(who: Principal, room: string, uid: string, ctx: Context): Promise<void>;
  held(who: Principal, room: string, limit: number, ctx: Context): Promise<readonly HeldDanmaku[]>;
  approve(who: Principal, room: string, id: string, ctx: Context): Promise<PublishOutcome>;
  reject(who: Principal, room: string, id: string, ctx: Context): Promise<void>;
  audit(who: Principal, room: string, limit: number, ctx: Context): Promise<readonly AuditEvent[]>;
  /** Deletes everything a user ever wrote, everywhere. Service only. Returns the number of records. */
  eraseUser(who: Principal, uid: string, ctx: Context): Promise<number>;
}

export interface HistoryAnswer {
  readonly page: HistoryPage;
  /** False when the archive cannot be written now: the newest records may be missing. */
  readonly isComplete: boolean;
}

/** Reading rooms; open to everyone. */
export interface RoomDirectory {
  /** Rooms that are not closed, most viewers first. */
  list(ctx: Context): Promise<readonly RoomSummary[]>;
  find(room: string, ctx: Context): Promise<RoomSummary | undefined>;
  history(query: HistoryQuery, ctx: Context): Promise<HistoryAnswer>;
  /** A page of all of a room's history, for exports: complete, or the call waits until it is. */
  page(room: string, after: number, ctx: Context): Promise<HistoryPage>;
}

/** A socket as the engine sees it. All methods are called on the hot path: they must not throw or wait, `write` must not allocate. */
export interface Transport {
  /** Takes a ready frame (header included); the buffer is shared and never changed. False: the socket takes no more. */
  write(frame: Uint8Array): boolean;
  /** Bytes taken by `write` that the operating system has not taken yet. */
  readonly bufferedBytes: number;
  /** The socket ended in good order, after everything written was taken. */
  readonly isFlushed: boolean;
  /** Calls `taken` once the operating system has taken everything written so far; never when the socket ends before. */
  whenTaken(listener: { taken(): void }): void;
  /** Final; tells the peer `code`. Called once. */
  close(code: number, reason: string): void;
  /** Ends the socket now; what it holds is given up. */
  cut(): void;
}

export interface ConnectRequest {
  readonly room: string;
  readonly principal: Principal | null;
  readonly address: string;
  /** seq of the last record the client has; absent for a new viewer. */
  readonly since?: number;
  /** When the token ends, ms since 1970; the connection is closed then. */
  readonly expiresAt?: number;
  readonly transport: Transport;
  /** The protocol on the way out; absent: JSON text frames. */
  readonly encoding?: Encoding;
}

/** One viewer's connection. The edge calls these; none of them throws. */
export interface Connection {
  readonly room: string;
  /** A frame from the client. Acks and errors are sent by the connection itself. */
  receive(frame: DecodedClientFrame): void;
  /** A frame from the client that asks for nothing: it counts as one of those that a client may send. */
  noticed(): void;
  /** The socket's buffer became empty. */
  drained(): void;
  /** The socket is gone, whoever closed it. Idempotent. */
  gone(code: number): void;
  /** Closes with a coded error. */
  fail(error: unknown): void;
}

export interface Gateway {
  /** Joins the room: subscribe first, then snapshot. Never throws: a refused viewer is closed with the error's close code. */
  connect(request: ConnectRequest): Connection;
  readonly connections: number;
  /** Sum over the process's connections, those that have ended too. */
  ledger(): Ledger;
  /** Each room that somebody is in or is leaving. */
  roomLedgers(): Iterable<RoomLedger>;
  /** Each connection of a room, in the order they came. */
  connectionLedgers(room: string): Iterable<Ledger>;
  readonly outbound: OutboundFigures;
}

export interface RoomLedger {
  readonly room: string;
  readonly viewers: number;
  /** In all processes, as far as they have told each other. */
  readonly everywhere: number;
  readonly ledger: Ledger;
}

/** Unsent bytes of frames in the sockets' buffers. */
export interface OutboundFigures {
  /** Now, over all connections. */
  readonly bytes: number;
  /** The most that there was at once, over all connections. */
  readonly peakBytes: number;
  /** The most that one connection had. */
  readonly peakConnectionBytes: number;
}

/** What the edges of a process need of an engine, wherever its other half runs. */
export interface EdgeEngine {
  readonly publisher: Publisher;
  readonly commands: RoomCommands;
  readonly rooms: RoomDirectory;
  /** Different viewers who came to the room within a day, about; absent where nobody counts them, undefined while they cannot be. */
  readonly uniqueViewers?: (room: string, ctx: Context) => Promise<number | undefined>;
  readonly gateway: Gateway;
  readonly totals: EngineTotals;
  readonly logStats: LogStats;
  /** Rooms that are not closed. */
  readonly roomCount: number;
  /** The longest flush window in force, ms. */
  readonly windowMs: number;
  /** First phase of shutdown: publishes are answered BARRAGE_DRAINING, viewers get `bye` and close 4000 spread over `spreadMs`. */
  drain(spreadMs: number, ctx: Context): Promise<void>;
  /** Last phase: everything acknowledged is in log and archive, every task has ended. Ports stay open: their owner closes them. */
  stop(ctx: Context): Promise<void>;
}

export interface Engine extends EdgeEngine {
  /** Records up to this seq are in archive and checkpoint: the log may forget them. */
  readonly retentionFloor: number;
  /** Replaces the keyword list at once, without a lock: the next publish meets the new one. */
  setWords(check: WordChecker): void;
}
