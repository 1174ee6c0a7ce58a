import type { Context } from "@barrage/kernel";
import { background } from "@barrage/kernel";
import { isRoomId, protocolError } from "@barrage/protocol";
import { clientError } from "./errors.ts";
import { socketAddress } from "./link/address.ts";
import type { FrameForm, SocketConstructor } from "./link/socket.ts";
import { randomMessageId } from "./outbox/message-id.ts";
import { DEFAULT_BACKOFF } from "./session/backoff.ts";
import type { BackoffSettings } from "./session/backoff.ts";
import type { ReceiveTracing } from "./session/tracing.ts";

export interface ConnectOptions {
  /** The server's address: `http://host:port`, or the same with https, ws or wss. */
  readonly url: string;
  readonly room: string;
  /** Without one the viewer watches and cannot send. */
  readonly token?: string;
  /** Asked for a new token when the server says that the present one has expired. */
  readonly refreshToken?: () => string | Promise<string>;
  /** seq of the last record the caller has: what came after it is delivered first. */
  readonly since?: number;
  readonly webSocket?: SocketConstructor;
  /** What frames are sent and asked for as; `json` unless stated, which people can read, `binary` is about a third of it. */
  readonly form?: FrameForm;
  /** Ends the connection when cancelled; its clock is the connection's. */
  readonly context?: Context;
  readonly backoff?: BackoffSettings;
  /** Told of the step `receive` of each danmaku whose trace is sampled; absent, nothing is looked at. */
  readonly tracing?: ReceiveTracing;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly messageId?: () => string;
  /** Sends that may wait for their answer; 64 unless stated. */
  readonly outboxLimit?: number;
  /** Time a send waits for its answer, reconnects included, ms; 30 s unless stated. */
  readonly sendTimeoutMs?: number;
}

export type ResolvedOptions = Required<Omit<ConnectOptions, "token" | "refreshToken" | "since" | "tracing">> &
  Pick<ConnectOptions, "token" | "refreshToken" | "since" | "tracing">;

// A person who sends 64 danmaku before the first answer is a script, and one that should hear of it.
const OUTBOX_LIMIT = 64;

// Three full backoff waits of a short outage; later a viewer no longer expects the danmaku to appear.
const SEND_TIMEOUT_MS = 30_000;

/**
 * Fills in the defaults and refuses what can never work.
 *
 * Errors     BARRAGE_BAD_FIELD for the room, BARRAGE_CLIENT_BAD_ADDRESS, BARRAGE_CLIENT_NO_WEBSOCKET.
 */
export function resolveOptions(options: ConnectOptions): ResolvedOptions {
  if (!isRoomId(options.room))
    throw protocolError("BARRAGE_BAD_FIELD", { field: "room", rule: "is no room id" });
  socketAddress(options.url, { room: options.room });
  const platform = globalThis as { WebSocket?: SocketConstructor };
  const webSocket = options.webSocket ?? platform.WebSocket;
  if (webSocket === undefined) throw clientError("BARRAGE_CLIENT_NO_WEBSOCKET");
  return {
    context: background,
    backoff: DEFAULT_BACKOFF,
    random: Math.random,
    messageId: randomMessageId,
    form: "json",
    outboxLimit: OUTBOX_LIMIT,
    sendTimeoutMs: SEND_TIMEOUT_MS,
    ...options,
    webSocket,
  };
}
