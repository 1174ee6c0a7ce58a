import { connect } from "node:net";
import type { Context } from "@barrage/kernel";

/** What PostgreSQL told at the start of a connection, for cancelling what runs on it. */
export interface BackendKey {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly secret: number;
}

const LENGTH_BYTES = 16;
/** 1234 in the upper half, 5678 in the lower: no version of the protocol, but this request. */
const CANCEL_REQUEST = 80_877_102;

/**
 * Asks PostgreSQL, on a connection of its own, to stop what a backend runs. Resolves when the request was taken, or could
 * not be delivered: then the backend notices by itself that its client has gone.
 *
 * Source     "Canceling Requests in Progress", PostgreSQL documentation, message flow; unencrypted, as libpq sends it.
 */
export function requestCancel(key: BackendKey, ctx: Context): Promise<void> {
  const message = Buffer.alloc(LENGTH_BYTES);
  message.writeInt32BE(LENGTH_BYTES, 0);
  message.writeInt32BE(CANCEL_REQUEST, 4);
  message.writeInt32BE(key.pid, 8);
  message.writeInt32BE(key.secret, 12);
  const { host, port } = key;
  const socket = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  return new Promise((resolve) => {
    // PostgreSQL closes it when the signal is on its way.
    socket.on("error", () => socket.destroy());
    const listening = ctx.onCancel(() => socket.destroy());
    socket.once("close", () => {
      listening[Symbol.dispose]();
      resolve();
    });
    socket.resume();
    socket.write(message);
  });
}
