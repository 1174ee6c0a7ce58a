import { decodeServerFrame, encodeClientFrame } from "@barrage/protocol";
import { loadError } from "../errors.ts";
import type { BarrageDialect } from "./barrage-dialect.ts";
import { knowingTheLast } from "./last-header.ts";
import type { HeaderRead } from "./last-header.ts";

const [TAG_BATCH, TAG_ACK, TAG_ERROR] = [2, 4, 5];
/** The bit of a batch that says: records were withheld. How many stands behind the items. */
const BIT_SHED = 1;

/** `barrage.v1`: the same frames as binary messages (docs/spec/protocol.md). */
export const barrageBinary: BarrageDialect = {
  messages: "binary",
  subprotocol: "barrage.v1",
  ping: encodeClientFrame({ type: "ping" }),
  danmu: (id, content) => encodeClientFrame({ type: "danmu", content, client_msg_id: id }),
  header: knowingTheLast(binaryBatchHeader),
  answers: (bytes, start, end) => start < end && [TAG_ACK, TAG_ERROR].includes(bytes[start] ?? 0),
  decode(payload) {
    const frame = decodeServerFrame(payload);
    return frame && { ...frame };
  },
};

/** Tag, bits, room, prev, seq, count: the bytes before a batch's items. */
export function binaryBatchHeader(bytes: Buffer, start: number, end: number): HeaderRead | undefined {
  if (start >= end || bytes[start] !== TAG_BATCH) return undefined;
  const from = { bytes, at: start + 1, end };
  const bits = takeUint(from);
  if (bits % 2 === BIT_SHED) return undefined;
  const roomBytes = takeUint(from);
  from.at += roomBytes;
  const header = { prev: takeUint(from), seq: takeUint(from), count: takeUint(from), shed: 0 };
  return { header, end: from.at };
}

/** Seven bits a byte, the lowest first. Not the protocol's own reader, which is one object more for each frame and viewer. */
function takeUint(from: { readonly bytes: Buffer; at: number; readonly end: number }): number {
  let value = 0;
  for (let scale = 1; from.at < from.end && scale < Number.MAX_SAFE_INTEGER; scale *= 128) {
    const byte = from.bytes[from.at++] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  throw loadError("LOAD_BAD_STREAM", { what: "a batch without a header" });
}
