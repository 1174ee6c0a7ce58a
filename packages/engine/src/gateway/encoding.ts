import type { BatchFrame, ServerFrame } from "@barrage/protocol";
import { textFrame } from "./ws-frame.ts";

/** Any frame but a batch: made for one viewer, or news for all. */
export type OwnFrame = Exclude<ServerFrame, BatchFrame>;

/**
 * A protocol on the way out: frames of the engine as bytes for a socket, WebSocket header included where there is one.
 *
 * Shape      one object per protocol and process: what is shared is kept by its identity.
 */
export interface Encoding {
  readonly name: string;
  /** Shared by all viewers of this protocol; never empty. */
  batch(frame: BatchFrame): Uint8Array;
  /** Undefined for a frame that the protocol has no word for: its viewers do without it. */
  encode(frame: OwnFrame): Uint8Array | undefined;
}

/** `GET /ws`: each frame is one JSON text. */
export const jsonText: Encoding = {
  name: "json",
  batch: (frame) => textFrame(JSON.stringify(frame)),
  encode: (frame) => textFrame(JSON.stringify(frame)),
};
