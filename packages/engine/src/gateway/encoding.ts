import { encodeServerFrame } from "@barrage/protocol";
import type { BatchFrame, Item, ServerFrame, SnapshotFrame } from "@barrage/protocol";
import { binaryFrame, textFrame, textFrameOf } from "./ws-frame.ts";

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

/** A record of a snapshot with the comma behind it, made once: in a storm of joins thousands are sent the same ones. */
const itemTexts = new WeakMap<Item, Buffer>();

function itemText(item: Item): Buffer {
  let text = itemTexts.get(item);
  if (text === undefined) {
    text = Buffer.from(`${JSON.stringify(item)},`);
    itemTexts.set(item, text);
  }
  return text;
}

const END_OF_ITEMS = Buffer.from("]}");

/** The snapshot as `JSON.stringify` has it, but that its records stand last. */
function snapshotFrame({ items, ...head }: SnapshotFrame): Buffer {
  const start = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`);
  const texts = items.map(itemText);
  const last = texts.pop();
  return textFrameOf([start, ...texts, ...(last === undefined ? [] : [last.subarray(0, -1)]), END_OF_ITEMS]);
}

/** `GET /ws`: each frame is one JSON text. */
export const jsonText: Encoding = {
  name: "json",
  replays: true,
  batch: (frame) => textFrame(JSON.stringify(frame)),
  encode: (frame) => (frame.type === "snapshot" ? snapshotFrame(frame) : textFrame(JSON.stringify(frame))),
};

/** `GET /ws` with the subprotocol `barrage.v1`: each frame is one binary message. */
export const barrageV1: Encoding = {
  name: "barrage.v1",
  replays: true,
  batch: (frame) => binaryFrame(encodeServerFrame(frame)),
  encode: (frame) => binaryFrame(encodeServerFrame(frame)),
};
