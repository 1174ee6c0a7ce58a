import type { AckFrame, MergedCount, SampleRate, ServerFrame, SnapshotFrame } from "../frames.ts";
import { GAP_REASONS } from "../frames.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { author, item, roomView } from "./entry-shapes.ts";
import { policies } from "./policy-shapes.ts";
import {
  choice,
  flag,
  growingList,
  knownOrUndefined,
  list,
  nullable,
  oneOf,
  real,
  record,
  sized,
  text,
  uint,
} from "./shapes.ts";

const items = growingList(item);
const reason = oneOf("gap reason", GAP_REASONS);
export const withheld = record<{ readonly count: number; readonly reason: (typeof GAP_REASONS)[number] }>(
  "withheld",
  { count: uint, reason },
  {},
);
export const mergedCount = record<MergedCount>("merged count", { seq: uint, count: uint, content: text }, {});
export const sampleRate = record<SampleRate>("sample rate", { shown: uint, of: uint }, {});
const merged = list(sized(mergedCount));
export const limits = record<SnapshotFrame["limits"]>(
  "limits",
  { content_max: uint, heartbeat_ms: uint },
  { window_ms: uint },
);

/** An ack of either kind: `held` in place of `seq`. */
interface AnyAck {
  readonly type: "ack";
  readonly client_msg_id?: string;
  readonly id: string;
  readonly seq?: number;
  readonly held?: boolean;
}
type BinaryFrame = Exclude<ServerFrame, AckFrame> | AnyAck;

/** Every frame that a server sends under `barrage.v1`. */
export const serverFrame = choice<BinaryFrame, "type">("server frame", "type", {
  snapshot: [
    1,
    record<Omit<SnapshotFrame, "type">, "policies">(
      "snapshot",
      {
        room: roomView,
        you: nullable(author),
        viewers: uint,
        items,
        head: uint,
        resumed: flag,
        limits,
        ts: real,
      },
      {},
      { policies },
    ),
  ],
  batch: [
    2,
    record(
      "batch",
      { room_id: text, prev: uint, seq: uint, count: uint, items },
      { shed: withheld, window_ms: uint, sampled: uint, merged, rate: sized(sampleRate) },
    ),
  ],
  gap: [3, record("gap", { room_id: text, from: uint, to: uint, count: nullable(uint), reason }, {})],
  ack: [4, record("ack", { id: text }, { client_msg_id: text, seq: uint, held: flag })],
  error: [
    5,
    record(
      "error",
      { code: text, message: text, retryable: flag },
      { retry_after_ms: real, client_msg_id: text },
    ),
  ],
  viewers: [6, record("viewers", { room_id: text, count: uint }, {})],
  pong: [7, record("pong", { ts: real, viewers: uint }, { t: real })],
  bye: [8, record("bye", { reason: oneOf("bye reason", ["drain", "busy"]), retry_ms: uint }, {})],
});

const writer = new ByteWriter();

/** One frame as the binary message that `barrage.v1` sends. The bytes are the caller's own. */
export function encodeServerFrame(frame: ServerFrame): Uint8Array<ArrayBuffer> {
  writer.begin();
  serverFrame.write(frame, writer);
  return writer.finish();
}

/**
 * Reads one binary message of a server. `undefined` for a frame of a kind that a newer server has; items of an unknown
 * kind are left out, so that `count` may be more than there are.
 *
 * Errors     BARRAGE_BAD_FRAME for whatever is no frame.
 */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame | undefined {
  const from = new ByteReader(bytes);
  return knownOrUndefined(() => serverFrame.read(from)) as ServerFrame | undefined;
}
