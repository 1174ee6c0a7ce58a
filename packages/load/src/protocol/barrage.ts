import type { BatchHeader, ReceivedRecord, StreamSink } from "../stream/stream-sink.ts";
import type { ProtocolAdapter, Seat, Target, ViewerConnection } from "./adapter.ts";
import { barrageBinary } from "./barrage-binary.ts";
import type { BarrageDialect } from "./barrage-dialect.ts";
import { barrageLogin, barragePublisher } from "./barrage-http.ts";
import { barrageJson } from "./barrage-json.ts";
import { BarrageSpeakers } from "./barrage-speakers.ts";
import type { JsonObject } from "./parse-object.ts";
import { RawWebSocket } from "./raw-web-socket.ts";
import type { SocketEvents } from "./raw-web-socket.ts";

/** Barrage: `POST /auth/login`, `POST /api/v1/danmu` or `danmu` frames, JSON text frames of `GET /ws`. */
export const barrage: ProtocolAdapter = adapterOf("barrage", barrageJson);

/** The same with the binary frames of the subprotocol `barrage.v1`. */
export const barrageV1: ProtocolAdapter = adapterOf("barrage.v1", barrageBinary);

function adapterOf(name: string, dialect: BarrageDialect): ProtocolAdapter {
  return {
    name,
    publishes: ["http", "websocket"],
    login: barrageLogin,
    view: (target, seat, sink) => viewerOf(dialect, target, seat, sink),
    publisher: (target, connections, over = "http") =>
      over === "http" ? barragePublisher(target, connections) : new BarrageSpeakers(target, dialect),
  };
}

function viewerOf(dialect: BarrageDialect, target: Target, seat: Seat, sink: StreamSink): ViewerConnection {
  let header: BatchHeader | undefined;
  const since = seat.since === undefined ? "" : `&since=${seat.since}`;
  const path = `/ws?room_id=${encodeURIComponent(seat.room)}${since}`;
  const events: SocketEvents = {
    messages: dialect.messages,
    wants(bytes, start, end) {
      header = dialect.header(bytes, start, end);
      return header === undefined || sink.wantsRecords(header);
    },
    message(payload) {
      const frame = payload === undefined ? undefined : dialect.decode(payload);
      if (header !== undefined)
        sink.batch(header, payload === undefined ? undefined : recordsOf(frame), seat.now());
      else if (frame !== undefined) otherFrame(frame, seat, sink);
    },
    closed: (code) => sink.closed(code),
    broken: (error) => sink.fault(error.message),
  };
  const socket = new RawWebSocket(target, path, events, dialect.subprotocol);
  return {
    opened: socket.opened,
    heartbeat: () => socket.send(dialect.ping),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(),
  };
}

function otherFrame(frame: JsonObject, seat: Seat, sink: StreamSink): void {
  switch (frame["type"]) {
    case "snapshot":
      return sink.joined(
        numberOf(frame["head"]),
        seat.since === undefined ? [] : recordsOf(frame),
        seat.now(),
      );
    case "batch": {
      const header = headerOf(frame);
      return sink.batch(header, sink.wantsRecords(header) ? recordsOf(frame) : undefined, seat.now());
    }
    case "gap":
      return sink.gap({
        from: numberOf(frame["from"]) ?? 0,
        to: numberOf(frame["to"]) ?? 0,
        count: numberOf(frame["count"]),
      });
    case "bye": {
      const wait = numberOf(frame["retry_ms"]);
      if (wait !== undefined) sink.comeBackIn?.(wait);
      return;
    }
    case "error":
      return sink.fault(String(frame["code"]));
    default:
  }
}

/** Of a batch that was read whole. */
function headerOf({ prev, seq, count, shed }: JsonObject): BatchHeader {
  const withheld = (shed as { readonly count?: unknown } | undefined)?.count;
  return {
    prev: numberOf(prev) ?? 0,
    seq: numberOf(seq) ?? 0,
    count: numberOf(count) ?? 0,
    shed: numberOf(withheld) ?? 0,
  };
}

function recordsOf(frame: JsonObject | undefined): readonly ReceivedRecord[] {
  const items: unknown = frame?.["items"];
  if (!Array.isArray(items)) return [];
  return items.map((item: unknown) => {
    const { seq, content } = (item ?? {}) as { readonly seq?: unknown; readonly content?: unknown };
    return { seq: numberOf(seq), content: typeof content === "string" ? content : "" };
  });
}

const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
