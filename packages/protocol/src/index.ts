// ---- what a room holds
export * from "./danmaku.ts";
export * from "./room.ts";
export * from "./policies.ts";
// ---- what crosses the wire
export * from "./frames.ts";
export { decodeClientFrame, LIKES_PER_FRAME_MAX } from "./decode/client-frame.ts";
export type { DecodedClientFrame } from "./decode/client-frame.ts";
export { BINARY_FORMS } from "./binary/forms.ts";
export type { BinaryForm } from "./binary/forms.ts";
export { decodeBinaryClientFrame, encodeClientFrame } from "./binary/client-frame.ts";
export { decodeServerFrame, encodeServerFrame } from "./binary/server-frame.ts";
export { decodeGoimAuth } from "./goim/auth.ts";
export type { GoimAuth } from "./goim/auth.ts";
export { goimCommand, goimUid } from "./goim/command.ts";
export type { GoimCommand } from "./goim/command.ts";
export { goimNews } from "./goim/batch-news.ts";
export type { GoimNews } from "./goim/batch-news.ts";
export {
  encodeGoimPacket,
  GOIM_HEADER_BYTES,
  GOIM_OPERATION,
  GOIM_VERSION,
  GoimPacketCutter,
} from "./goim/packet.ts";
export type { GoimPacket } from "./goim/packet.ts";
export { CLIENT_MSG_ID, CLIENT_MSG_ID_RULE, parsePublish, PTS_MAX_MS } from "./decode/publish.ts";
export type { Publish } from "./decode/publish.ts";
export { cleanText, countGraphemes, isCleanText, parseContent, parseLine } from "./text.ts";
// ---- errors and close codes
export { BarrageError, defineErrors, isRetryable, toPublicError } from "./errors/barrage-error.ts";
export type { ErrorFields, ErrorSpec, PublicError } from "./errors/barrage-error.ts";
export { CLOSE, comesBackAfter } from "./errors/close-codes.ts";
export type { CloseSpec } from "./errors/close-codes.ts";
export { asProtocolError, isProtocolError, PROTOCOL_ERRORS, protocolError } from "./errors/table.ts";
export type { ProtocolErrorCode } from "./errors/table.ts";
