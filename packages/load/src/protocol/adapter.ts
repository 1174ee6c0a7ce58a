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

/** Sends danmaku for many users over a few connections. */
export interface Publisher {
  readonly opened: Promise<void>;
  /** Never waits; `done` is called once, whatever happens, until `close`. */
  publish(what: Publish, done: (outcome: PublishOutcome) => void): void;
  /** Publishes without an outcome yet. */
  readonly waiting: number;
  close(): void;
}

/**
 * How one system is spoken to. To compare another system, write one of these: where a user gets a token, how a viewer
 * enters a room and what its frames say, how a danmaku is published and acknowledged.
 */
export interface ProtocolAdapter {
  readonly name: string;
  /** A token for this user; undefined where nobody needs one. Errors: LOAD_UNREACHABLE, LOAD_LOGIN_REFUSED. */
  login(target: Target, uid: string, ctx: Context): Promise<string | undefined>;
  view(target: Target, seat: Seat, sink: StreamSink): ViewerConnection;
  /** Units: `connections` is how many it may open. */
  publisher(target: Target, connections: number): Publisher;
}
