import { encodeServerFrame } from "@barrage/protocol";
import type { BatchFrame, ServerFrame } from "@barrage/protocol";
import { binaryFrame, textFrame } from "./ws-frame.ts";

/** Any frame but a batch: made for one viewer, or news for all. */
export type OwnFrame = Exclude<ServerFrame, BatchFrame>;

/**
 * A protocol on the way out: frames of the engine as bytes for a socket, WebSocket header included where there is one.
 *
 * Shape      one object per protocol and process: what is shared is kept by its identity.
 */
export interface Encoding {
  readonly name: string;
  /** False: whoever joins begins with the present, and the snapshot's records stay away. */
  readonly replays: boolean;
  /** Shared by all viewers of this protocol; empty for a batch without records that it has nothing to say of. */
  batch(frame: BatchFrame): Uint8Array;
  /** Undefined for a frame that the protocol has no word for: its viewers do without it. */
  encode(frame: OwnFrame): Uint8Array | undefined;
}

/** `GET /ws`: each frame is one JSON text. */
export const jsonText: Encoding = {
  name: "json",
  replays: true,
  batch: (frame) => textFrame(JSON.stringify(frame)),
  encode: (frame) => textFrame(JSON.stringify(frame)),
};

/** `GET /ws` with the subprotocol `barrage.v1`: each frame is one binary message. */
export const barrageV1: Encoding = {
  name: "barrage.v1",
  replays: true,
  batch: (frame) => binaryFrame(encodeServerFrame(frame)),
  encode: (frame) => binaryFrame(encodeServerFrame(frame)),
};
