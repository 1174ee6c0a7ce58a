/** One reason why the gateway closes a connection. */
export interface CloseSpec {
  readonly code: number;
  readonly meaning: string;
}

/** Close codes say what the client should do: 4000-4499 come back, 4500-4999 stay away. */
export const CLOSE = {
  DRAIN: {
    code: 4000,
    meaning: "the server goes down in good order; come back after the delay of the bye frame",
  },
  SLOW_CONSUMER: { code: 4001, meaning: "the connection stayed over its outbound limit" },
  IDLE: { code: 4002, meaning: "nothing was heard from the client for too long" },
  TRY_AGAIN: { code: 4003, meaning: "a passing fault on the server's side" },
  TOO_MANY_CONNECTIONS: { code: 4004, meaning: "too many connections from this address" },
  TOKEN_EXPIRED: { code: 4005, meaning: "the token has expired; come back with a new one" },
  ROOM_BUSY: {
    code: 4006,
    meaning: "too many viewers join this room at once; come back after the delay of the bye frame",
  },
  UNAUTHENTICATED: { code: 4500, meaning: "the token is not valid" },
  ROOM_UNKNOWN: { code: 4501, meaning: "there is no such room" },
  ROOM_CLOSED: { code: 4502, meaning: "the room was closed" },
  BANNED: { code: 4503, meaning: "the user is banned from this room" },
  BAD_FRAME: { code: 4504, meaning: "the client sent something that is no frame" },
  FRAME_TOO_LARGE: { code: 4505, meaning: "the client sent a frame over the limit" },
  ORIGIN_REFUSED: { code: 4506, meaning: "the page's origin may not connect" },
  BAD_REQUEST: { code: 4507, meaning: "the address of the WebSocket is not valid" },
} as const satisfies Readonly<Record<string, CloseSpec>>;

/** What a client does after a close: ours by range; 1008 and 1009 stay away; anything else is the network's, so come back. */
export function comesBackAfter(code: number): boolean {
  if (code >= 4500 && code <= 4999) return false;
  return code !== 1008 && code !== 1009;
}
