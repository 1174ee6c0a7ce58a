import { brotliCompressSync, constants, deflateSync } from "node:zlib";
import { binaryFrame } from "@barrage/engine";
import type { Encoding, OwnFrame } from "@barrage/engine";
import { encodeGoimPacket, GOIM_OPERATION, GOIM_VERSION, goimCommand, goimNews } from "@barrage/protocol";
import type { BatchFrame } from "@barrage/protocol";

/** What carries packets: a WebSocket message, or the bytes of a TCP stream as they are. */
export type Carrier = "ws" | "tcp";

const { message, authReply, heartbeatReply } = GOIM_OPERATION;

/** Answers of an auth that is no good, by our code; the clients know -101 as "your key is none". */
const REFUSALS: ReadonlyMap<string, number> = new Map([
  ["BARRAGE_TOKEN_INVALID", -101],
  ["BARRAGE_TOKEN_EXPIRED", -101],
  ["BARRAGE_BANNED", -403],
  ["BARRAGE_ORIGIN_REFUSED", -403],
  ["BARRAGE_ROOM_UNKNOWN", -404],
  ["BARRAGE_ROOM_CLOSED", -404],
  ["BARRAGE_BAD_FRAME", -400],
  ["BARRAGE_BAD_FIELD", -400],
  ["BARRAGE_TOO_MANY_CONNECTIONS", -412],
  ["BARRAGE_DRAINING", -503],
  ["BARRAGE_OVERLOADED", -503],
]);

// 4 of 11: on batches of some kilobytes as dense as zlib's best, in a third of the time of 5.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const packet = (operation: number, version: number, value: unknown): Uint8Array =>
  encodeGoimPacket(operation, version, Buffer.from(JSON.stringify(value)));

/** A batch as packets one behind the other, compressed as one where the client asked for that. */
function messages(frame: BatchFrame, version: number): Uint8Array {
  const commands = [...frame.items.map((item) => goimCommand(item, frame.room_id)), ...goimNews(frame)];
  const packets = Buffer.concat(commands.map((command) => packet(message, GOIM_VERSION.json, command)));
  if (packets.length === 0) return packets;
  if (version === GOIM_VERSION.zlib) return encodeGoimPacket(message, version, deflateSync(packets));
  if (version === GOIM_VERSION.brotli)
    return encodeGoimPacket(message, version, brotliCompressSync(packets, BROTLI));
  return packets;
}

/** Acks, gaps and byes have no word there: what was withheld from such a viewer only the ledger knows. */
function own(frame: OwnFrame): Uint8Array | undefined {
  switch (frame.type) {
    case "snapshot":
      return packet(authReply, GOIM_VERSION.plain, { code: 0 });
    case "error": {
      const code = REFUSALS.get(frame.code);
      return code === undefined
        ? undefined
        : packet(authReply, GOIM_VERSION.plain, { code, message: frame.message });
    }
    case "pong":
      return encodeGoimPacket(heartbeatReply, GOIM_VERSION.plain, popularity(frame.viewers));
    case "viewers":
      return packet(message, GOIM_VERSION.json, { cmd: "ONLINE_RANK_COUNT", data: { count: frame.count } });
    case "ack":
    case "gap":
    case "bye":
      return undefined;
  }
}

function popularity(viewers: number): Uint8Array {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(Math.min(viewers, 0xffff_ffff));
  return body;
}

function encodingOf(carrier: Carrier, version: number): Encoding {
  const carried = (bytes: Uint8Array): Uint8Array => (carrier === "ws" ? binaryFrame(bytes) : bytes);
  return {
    name: `sub-${carrier}-${version}`,
    replays: false,
    batch: (frame) => {
      const bytes = messages(frame, version);
      return bytes.length === 0 ? bytes : carried(bytes);
    },
    encode: (frame) => {
      const bytes = own(frame);
      return bytes === undefined ? undefined : carried(bytes);
    },
  };
}

/** One per carrier and form, so that viewers of the same share their frames. */
const ENCODINGS: Readonly<Record<Carrier, readonly Encoding[]>> = {
  ws: [0, 1, 2, 3].map((version) => encodingOf("ws", version)),
  tcp: [0, 1, 2, 3].map((version) => encodingOf("tcp", version)),
};

/** `protover` is one that the auth's check let through. */
export function subEncoding(carrier: Carrier, protover: number): Encoding {
  const encoding = ENCODINGS[carrier][protover];
  if (encoding === undefined) throw new RangeError(`there is no form ${protover}`);
  return encoding;
}
