// ---- a room, live
export { connect } from "./connect.ts";
export type { ConnectOptions } from "./connection-options.ts";
export type { RoomConnection } from "./room-connection.ts";
export type { RoomEvents, SeenItem } from "./session/effects.ts";
export type { ConnectionState } from "./session/state.ts";
export type { ReceiveSpan, ReceiveTracing } from "./session/tracing.ts";
export type { Gap } from "./session/cursor.ts";
export type { BackoffSettings } from "./session/backoff.ts";
export type { Unsubscribe } from "./link/emitter.ts";
export type { SocketConstructor, SocketLike } from "./link/socket.ts";
// ---- HTTP calls
export { fetchHistory, fetchRoom, fetchRooms } from "./http/read.ts";
export type { HistoryPage, HistoryQuery } from "./http/read.ts";
export { login } from "./http/login.ts";
export type { Login, LoginBody } from "./http/login.ts";
export { roomCommands } from "./http/room-commands.ts";
export type { AuditRow, HeldRow, PolicyReport, RoomCommands } from "./http/room-commands.ts";
export type { CallOptions } from "./http/call.ts";
// ---- errors
export { CLIENT_ERRORS } from "./errors.ts";
export type { ClientErrorCode } from "./errors.ts";
