import { barrageV1, jsonText } from "@barrage/engine";
import type { Encoding } from "@barrage/engine";
import {
  asProtocolError,
  CLIENT_FRAME_MAX_BYTES,
  CLOSE,
  decodeBinaryClientFrame,
  decodeClientFrame,
  encodeServerFrame,
  protocolError,
  toPublicError,
} from "@barrage/protocol";
import type { DecodedClientFrame, ServerFrame } from "@barrage/protocol";
import type { RawData, WebSocket } from "ws";

/** How a client of `/ws` and the server write to each other: by the subprotocol that the handshake chose. */
export interface Dialect {
  readonly encoding: Encoding;
  /** Errors: BARRAGE_BAD_FRAME, BARRAGE_FRAME_TOO_LARGE. */
  read(data: RawData, isBinary: boolean, contentMax: number): DecodedClientFrame;
  /** For a frame to a client that no room has yet. */
  write(frame: ServerFrame): string | Uint8Array;
}

const json: Dialect = {
  encoding: jsonText,
  read(data, isBinary, contentMax) {
    if (isBinary) throw protocolError("BARRAGE_BAD_FRAME", { detail: "it is binary" });
    return decodeClientFrame(bytesOf(data).toString(), contentMax);
  },
  write: (frame) => JSON.stringify(frame),
};

const binary: Dialect = {
  encoding: barrageV1,
  read(data, isBinary, contentMax) {
    if (!isBinary) throw protocolError("BARRAGE_BAD_FRAME", { detail: "it is text" });
    return decodeBinaryClientFrame(bytesOf(data), contentMax);
  },
  write: encodeServerFrame,
};

/** The subprotocol for a client that offers these: ours, or none. */
export const chooseSubprotocol = (offered: ReadonlySet<string>): string | false =>
  offered.has(barrageV1.name) && barrageV1.name;

export const dialectOf = (ws: WebSocket): Dialect => (ws.protocol === barrageV1.name ? binary : json);

/** Ends a socket that never got into a room, with its own code. */
export function refuse(ws: WebSocket, error: unknown): void {
  const known = asProtocolError(error);
  if (ws.readyState !== ws.OPEN) return;
  ws.send(dialectOf(ws).write({ type: "error", ...toPublicError(known) }));
  ws.close(known.spec.close ?? CLOSE.TRY_AGAIN.code, known.code);
}

function bytesOf(data: RawData): Buffer {
  // `ws` gives Buffers unless told otherwise.
  if (!Buffer.isBuffer(data)) throw protocolError("BARRAGE_BAD_FRAME", { detail: "it comes in parts" });
  if (data.length > CLIENT_FRAME_MAX_BYTES) {
    throw protocolError("BARRAGE_FRAME_TOO_LARGE", { limit: CLIENT_FRAME_MAX_BYTES });
  }
  return data;
}
