import { brotliDecompressSync, inflateSync } from "node:zlib";
import { encodeGoimPacket, GOIM_OPERATION, GOIM_VERSION, GoimPacketCutter } from "@barrage/protocol";
import { loadError } from "../errors.ts";
import type { ReceivedRecord, StreamSink } from "../stream/stream-sink.ts";
import type { ProtocolAdapter, Seat, Target, ViewerConnection } from "./adapter.ts";
import { barrageLogin, barragePublisher } from "./barrage-http.ts";
import { parseObject } from "./parse-object.ts";
import type { JsonObject } from "./parse-object.ts";
import { RawWebSocket } from "./raw-web-socket.ts";

/** Batches of a room are far below it; also the most that a compressed one may become. */
const PACKET_MAX_BYTES = 16_777_216;
const UNPACKED = { maxOutputLength: PACKET_MAX_BYTES };
const HEARTBEAT = encodeGoimPacket(GOIM_OPERATION.heartbeat, GOIM_VERSION.plain, new Uint8Array());

/**
 * The framing of goim and of Bilibili's live rooms on the WebSocket `/sub`; users log in and publish over HTTP, as with
 * `barrage`. Each record stands in a command of its own with `barrage: {id, seq, n}`, so order, doubles and losses are
 * known by place; there is no chain of batches, no resume and no gap: what a viewer is not sent is lost.
 */
export const goim = goimAdapter("goim", GOIM_VERSION.plain);
/** Batches compressed, as such clients ask for them; the generator has to unpack each for each viewer. */
export const goimZlib = goimAdapter("goim-zlib", GOIM_VERSION.zlib);
export const goimBrotli = goimAdapter("goim-brotli", GOIM_VERSION.brotli);

function goimAdapter(name: string, protover: number): ProtocolAdapter {
  return {
    name,
    publishes: ["http"],
    login: barrageLogin,
    view: (target, seat, sink) => viewerOf(protover, target, seat, sink),
    publisher: barragePublisher,
  };
}

function viewerOf(protover: number, target: Target, seat: Seat, sink: StreamSink): ViewerConnection {
  const socket = new RawWebSocket(target, "/sub", {
    messages: "binary",
    wants: () => true,
    message: (payload) => payload !== undefined && hear(payload, seat, sink),
    closed: (code) => sink.closed(code),
    broken: (error) => sink.fault(error.message),
  });
  const auth = Buffer.from(JSON.stringify({ roomid: seat.room, protover, key: "" }));
  const opened = socket.opened.then(
    () => void socket.send(encodeGoimPacket(GOIM_OPERATION.auth, GOIM_VERSION.plain, auth)),
  );
  // Whoever does not ask for it learns of the end by `closed`.
  opened.catch(() => {});
  return {
    opened,
    heartbeat: () => socket.send(HEARTBEAT),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(),
  };
}

/** Whole packets: a WebSocket message, or what a compressed packet holds. */
function hear(bytes: Uint8Array, seat: Seat, sink: StreamSink): void {
  const cutter = new GoimPacketCutter(PACKET_MAX_BYTES);
  for (const { operation, version, body } of cutter.push(bytes)) {
    if (operation === GOIM_OPERATION.authReply) admitted(parse(body), seat, sink);
    else if (operation !== GOIM_OPERATION.message) continue;
    else if (version === GOIM_VERSION.zlib) hear(inflateSync(body, UNPACKED), seat, sink);
    else if (version === GOIM_VERSION.brotli) hear(brotliDecompressSync(body, UNPACKED), seat, sink);
    else {
      const record = recordOf(parse(body));
      if (record !== undefined) sink.record(record, seat.now());
    }
  }
  if (!cutter.empty) throw loadError("LOAD_BAD_STREAM", { what: "a packet without its end" });
}

function admitted({ code }: JsonObject, seat: Seat, sink: StreamSink): void {
  if (code === 0) sink.joined(undefined, [], seat.now());
  else sink.fault(`goim auth ${String(code)}`);
}

/** What a `DANMU_MSG` says; other commands are of nobody's sending here. */
function recordOf({ cmd, info, barrage }: JsonObject): ReceivedRecord | undefined {
  if (cmd !== "DANMU_MSG") return undefined;
  const content: unknown = Array.isArray(info) ? info[1] : undefined;
  const { seq } = (barrage ?? {}) as { readonly seq?: unknown };
  return {
    seq: typeof seq === "number" ? seq : undefined,
    content: typeof content === "string" ? content : "",
  };
}

function parse(body: Uint8Array): JsonObject {
  const value = parseObject(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  if (value !== undefined) return value;
  throw loadError("LOAD_BAD_STREAM", { what: "a packet that is no JSON object" });
}
