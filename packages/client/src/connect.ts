import type { ConnectOptions } from "./connection-options.ts";
import { resolveOptions } from "./connection-options.ts";
import { RoomConnection } from "./room-connection.ts";

/**
 * Watches a room, and sends to it with a token. Returns at once; events tell what comes.
 *
 * Errors     BARRAGE_BAD_FIELD, BARRAGE_CLIENT_BAD_ADDRESS, BARRAGE_CLIENT_NO_WEBSOCKET for options that cannot work.
 */
export function connect(options: ConnectOptions): RoomConnection {
  return new RoomConnection(resolveOptions(options));
}
