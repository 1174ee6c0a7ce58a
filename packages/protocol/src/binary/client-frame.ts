import { decodeClientObject, type DecodedClientFrame } from "../decode/client-frame.ts";
import { parseColor } from "../decode/publish.ts";
import type { ClientFrame } from "../frames.ts";
import { ByteReader, malformed } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { mode } from "./entry-shapes.ts";
import { choice, knownOrUndefined, real, record, text } from "./shapes.ts";

/** Numbers are `real` where the JSON form takes any: what is out of range is told to the sender by the same rules. */
export const clientFrame = choice<BinaryClientFrame, "type">("client frame", "type", {
  ping: [1, record("ping", {}, { t: real, seq: real })],
  danmu: [
    2,
    record("danmu", { content: text }, { mode, color: real, size: real, pts_ms: real, client_msg_id: text }),
  ],
  like: [3, record("like", { count: real }, { client_msg_id: text })],
});

/** A colour is a number here; the `#rrggbb` form is for people who write JSON by hand. */
type BinaryClientFrame =
  | Exclude<ClientFrame, { readonly type: "danmu" }>
  | (Omit<Extract<ClientFrame, { readonly type: "danmu" }>, "color"> & { readonly color?: number });

const writer = new ByteWriter();

/** One frame of a client as a binary message. Errors: BARRAGE_BAD_FIELD for a colour that is none. */
export function encodeClientFrame(frame: ClientFrame): Uint8Array<ArrayBuffer> {
  writer.begin();
  clientFrame.write(withColorNumber(frame), writer);
  return writer.finish();
}

function withColorNumber(frame: ClientFrame): BinaryClientFrame {
  if (frame.type !== "danmu") return frame;
  const { color, ...rest } = frame;
  return color === undefined ? rest : { ...rest, color: parseColor(color) };
}

/** Reads one binary message of a client, by the rules of the JSON form; what is no frame at all throws BARRAGE_BAD_FRAME. */
export function decodeBinaryClientFrame(bytes: Uint8Array, contentMax: number): DecodedClientFrame {
  const from = new ByteReader(bytes);
  const frame = knownOrUndefined(() => clientFrame.read(from));
  if (frame === undefined) throw malformed("its type is unknown");
  return decodeClientObject({ ...frame }, contentMax);
}
