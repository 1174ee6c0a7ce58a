import type { Context } from "@barrage/kernel";
import type { StreamSink } from "../stream/stream-sink.ts";

/** A server, and from which of this machine's addresses to reach it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string;
}

/** What a viewer's connection is made for. */
export interface Seat {
  readonly room: string;
  /** Place to resume after; undefined for a first visit. */
  readonly since: number | undefined;
  /** Moments for the sink: ms of the context's clock. */
  readonly now: () => number;
}

/** One viewer's connection. */
export interface ViewerConnection {
  /** Resolves when the transport is there (the sink's `joined` may come later). Errors: LOAD_UNREACHABLE. */
  readonly opened: Promise<void>;
  /** Tells the server that somebody is there. */
  heartbeat(): void;
  /** Reads no more until `resume`: a slow viewer. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface Publish {
  readonly room: string;
  /** What `login` gave. */
  readonly token: string | undefined;
  readonly content: string;
}

export type PublishOutcome =
  | { readonly kind: "acked"; readonly seq: number | undefined }
  /** An HTTP status, the server's error code, `CONNECTION_LOST`, or `GENERATOR_FULL` when this side gave up first. */
  | { readonly kind: "refused"; readonly code: string };

/** Who publishes where. */
export type Speaker = Pick<Publish, "room" | "token">;

/** Sends danmaku for many users. */
export interface Publisher {
  readonly opened: Promise<void>;
  /** Never waits; `done` is called once, whatever happens, until `close`. */
  publish(what: Publish, done: (outcome: PublishOutcome) => void): void;
  /** Publishes without an outcome yet. */
  readonly waiting: number;
  /** Opens what these will publish over, where each has a connection of their own. */
  prepare?(speakers: readonly Speaker[]): Promise<void>;
  /** Keeps such connections from being closed as silent. */
  heartbeat?(): void;
  close(): void;
}

export type PublishOver = "http" | "websocket";

/**
 * How one system is spoken to. To compare another system, write one of these: where a user gets a token, how a viewer
 * enters a room and what its frames say, how a danmaku is published and acknowledged.
 */
export interface ProtocolAdapter {
  readonly name: string;
  /** A token for this user; undefined where nobody needs one. Errors: LOAD_UNREACHABLE, LOAD_LOGIN_REFUSED. */
  login(target: Target, uid: string, ctx: Context): Promise<string | undefined>;
  view(target: Target, seat: Seat, sink: StreamSink): ViewerConnection;
  /** The ways in which it publishes; the first unless a plan asks for another. */
  readonly publishes: readonly PublishOver[];
  /** Units: `connections` is how many it may open, where users share them. */
  publisher(target: Target, connections: number, over?: PublishOver): Publisher;
}
