import { BarrageError, defineErrors } from "./barrage-error.ts";
import type { ErrorSpec } from "./barrage-error.ts";
import { CLOSE } from "./close-codes.ts";

/** Everything a client of Barrage can be told. HTTP status, close code, docs and the SDK's behaviour are read from here. */
export const PROTOCOL_ERRORS = {
  // ---- what was sent is wrong
  BARRAGE_BAD_JSON: {
    message: "The body is not valid JSON.",
    retryable: false,
    http: 400,
    close: CLOSE.BAD_FRAME.code,
  },
  BARRAGE_BAD_REQUEST: { message: "The request is not valid: {detail}.", retryable: false, http: 400 },
  BARRAGE_BAD_FRAME: {
    message: "The frame is not valid: {detail}.",
    retryable: false,
    close: CLOSE.BAD_FRAME.code,
  },
  BARRAGE_FRAME_TOO_LARGE: {
    message: "A frame may have at most {limit} bytes.",
    retryable: false,
    close: CLOSE.FRAME_TOO_LARGE.code,
  },
  BARRAGE_BODY_TOO_LARGE: {
    message: "The body may have at most {limit} bytes.",
    retryable: false,
    http: 413,
  },
  BARRAGE_HEADERS_TOO_LARGE: { message: "The headers are too large.", retryable: false, http: 431 },
  BARRAGE_UNSUPPORTED_MEDIA_TYPE: {
    message: "Send the body as application/json.",
    retryable: false,
    http: 415,
  },
  BARRAGE_BAD_FIELD: { message: "{field} {rule}.", retryable: false, http: 400 },
  BARRAGE_CONTENT_EMPTY: { message: "The content is empty.", retryable: false, http: 400 },
  BARRAGE_CONTENT_TOO_LONG: {
    message: "The content may have at most {limit} characters.",
    retryable: false,
    http: 400,
  },
  BARRAGE_CONTENT_BAD_CHARACTER: {
    message: "The content has a control character or broken Unicode.",
    retryable: false,
    http: 400,
  },
  BARRAGE_BAD_SINCE: {
    message: "since must be the seq of the last record that was received.",
    retryable: false,
    http: 400,
    close: CLOSE.BAD_REQUEST.code,
  },
  // ---- who sent it
  BARRAGE_TOKEN_MISSING: {
    message: "A token is needed.",
    retryable: false,
    http: 401,
    close: CLOSE.UNAUTHENTICATED.code,
  },
  BARRAGE_TOKEN_INVALID: {
    message: "The token is not valid.",
    retryable: false,
    http: 401,
    close: CLOSE.UNAUTHENTICATED.code,
  },
  BARRAGE_TOKEN_EXPIRED: {
    message: "The token has expired.",
    retryable: false,
    http: 401,
    close: CLOSE.TOKEN_EXPIRED.code,
  },
  BARRAGE_FORBIDDEN: { message: "This needs the role {role}.", retryable: false, http: 403 },
  BARRAGE_DEV_LOGIN_OFF: {
    message: "The development login is off in production: use a token of your own issuer.",
    retryable: false,
    http: 403,
  },
  BARRAGE_DEV_KEY_WRONG: {
    message: "The role {role} needs the development key.",
    retryable: false,
    http: 403,
  },
  BARRAGE_AUTH_UNAVAILABLE: {
    message: "Tokens cannot be verified right now.",
    retryable: true,
    http: 503,
    close: CLOSE.TRY_AGAIN.code,
  },
  BARRAGE_ORIGIN_REFUSED: {
    message: "This origin may not connect.",
    retryable: false,
    http: 403,
    close: CLOSE.ORIGIN_REFUSED.code,
  },
  // ---- the room
  BARRAGE_ROOM_UNKNOWN: {
    message: "There is no such room.",
    retryable: false,
    http: 404,
    close: CLOSE.ROOM_UNKNOWN.code,
  },
  BARRAGE_ROOM_EXISTS: { message: "There is such a room already.", retryable: false, http: 409 },
  BARRAGE_ROOM_CLOSED: {
    message: "The room is closed.",
    retryable: false,
    http: 409,
    close: CLOSE.ROOM_CLOSED.code,
  },
  BARRAGE_MUTED: { message: "You are muted in this room.", retryable: false, http: 403 },
  BARRAGE_BANNED: {
    message: "You are banned from this room.",
    retryable: false,
    http: 403,
    close: CLOSE.BANNED.code,
  },
  BARRAGE_SLOW_MODE: {
    message: "Slow mode: wait {seconds} s between two danmaku.",
    retryable: true,
    http: 429,
  },
  BARRAGE_NOT_UNIQUE: {
    message: "Unique mode: this was said here just now.",
    retryable: true,
    http: 409,
  },
  BARRAGE_REJECTED: { message: "The content is not allowed in this room.", retryable: false, http: 422 },
  BARRAGE_DANMAKU_UNKNOWN: { message: "There is no such danmaku.", retryable: false, http: 404 },
  BARRAGE_HELD_UNKNOWN: { message: "There is no such held danmaku.", retryable: false, http: 404 },
  BARRAGE_IDEMPOTENCY_CONFLICT: {
    message: "This client_msg_id was used with another body.",
    retryable: false,
    http: 409,
  },
  // ---- too much
  BARRAGE_RATE_LIMITED: { message: "Too many requests per {scope}.", retryable: true, http: 429 },
  BARRAGE_TOO_MANY_CONNECTIONS: {
    message: "Too many connections from this address.",
    retryable: true,
    http: 429,
    close: CLOSE.TOO_MANY_CONNECTIONS.code,
  },
  BARRAGE_ROOM_BUSY: {
    message: "Too many viewers join this room at once.",
    retryable: true,
    close: CLOSE.ROOM_BUSY.code,
  },
  BARRAGE_SLOW_CONSUMER: {
    message: "The connection could not keep up.",
    retryable: true,
    close: CLOSE.SLOW_CONSUMER.code,
  },
  BARRAGE_IDLE: {
    message: "Nothing was heard from the client for too long.",
    retryable: true,
    close: CLOSE.IDLE.code,
  },
  // ---- the server
  BARRAGE_OVERLOADED: { message: "The server is overloaded.", retryable: true, http: 503 },
  BARRAGE_DRAINING: {
    message: "The server is going down; come back elsewhere.",
    retryable: true,
    http: 503,
    close: CLOSE.DRAIN.code,
  },
  BARRAGE_LOG_UNAVAILABLE: {
    message: "The danmaku could not be stored; it may be sent again.",
    retryable: true,
    http: 503,
  },
  BARRAGE_UNAVAILABLE: {
    message: "This part of the server is starting again; try again in a moment.",
    retryable: true,
    http: 503,
    close: CLOSE.TRY_AGAIN.code,
  },
  BARRAGE_NO_VIEWERS_HERE: {
    message: "This process takes no viewers; connect to a gateway.",
    retryable: true,
    close: CLOSE.TRY_AGAIN.code,
  },
  BARRAGE_INTERNAL: {
    message: "Something went wrong on our side.",
    retryable: true,
    http: 500,
    close: CLOSE.TRY_AGAIN.code,
  },
  BARRAGE_NOT_FOUND: { message: "There is nothing at this address.", retryable: false, http: 404 },
  BARRAGE_METHOD_NOT_ALLOWED: {
    message: "This address does not take that method.",
    retryable: false,
    http: 405,
  },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export type ProtocolErrorCode = keyof typeof PROTOCOL_ERRORS;

export const protocolError = defineErrors(PROTOCOL_ERRORS);

/** True for an error that a peer may be told of: its code is a row of the table. */
export const isProtocolError = (error: unknown): error is BarrageError<ProtocolErrorCode> =>
  BarrageError.is(error) && Object.hasOwn(PROTOCOL_ERRORS, error.code);

/** The error to tell a peer: itself if it is one of ours, else BARRAGE_INTERNAL with the original as its cause. */
export const asProtocolError = (error: unknown): BarrageError<ProtocolErrorCode> =>
  isProtocolError(error) ? error : protocolError("BARRAGE_INTERNAL", {}, error);
