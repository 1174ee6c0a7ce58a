import type { Context } from "@barrage/kernel";
import { loadError } from "../errors.ts";
import type { BatchHeader, ReceivedRecord, StreamSink } from "../stream/stream-sink.ts";
import type {
  ProtocolAdapter,
  Publisher,
  PublishOutcome,
  Seat,
  Target,
  ViewerConnection,
} from "./adapter.ts";
import { BarrageSpeakers } from "./barrage-speakers.ts";
import { batchHeader } from "./batch-header.ts";
import { HttpLanes, postRequest } from "./http-lanes.ts";
import type { HttpReply } from "./http-lanes.ts";
import { parseObject } from "./parse-object.ts";
import type { JsonObject } from "./parse-object.ts";
import { RawWebSocket } from "./raw-web-socket.ts";

/** Barrage: `POST /auth/login`, `POST /api/v1/danmu` or `danmu` frames, JSON text frames of `GET /ws`. */
export const barrage: ProtocolAdapter = {
  name: "barrage",
  publishes: ["http", "websocket"],
  login,
  view,
  publisher: (target, connections, over = "http") =>
    over === "http" ? publisher(target, connections) : new BarrageSpeakers(target),
};

async function login(target: Target, uid: string, ctx: Context): Promise<string> {
  ctx.throwIfCancelled();
  const lanes = new HttpLanes(target, 1);
  const { promise, resolve } = Promise.withResolvers<HttpReply | undefined>();
  if (!lanes.offer(postRequest(target, "/auth/login", undefined, { uid }), resolve)) resolve(undefined);
  const reply = await promise;
  lanes.close();
  const name = `${target.host}:${target.port}`;
  if (reply === undefined)
    throw loadError("LOAD_UNREACHABLE", { target: name, reason: "no answer to a login" });
  const token = parseObject(reply.body)?.["token"];
  if (reply.status === 200 && typeof token === "string") return token;
  throw loadError("LOAD_LOGIN_REFUSED", { target: name, reason: `${reply.status} ${codeOf(reply)}` });
}

function view(target: Target, seat: Seat, sink: StreamSink): ViewerConnection {
  let header: BatchHeader | undefined;
  const since = seat.since === undefined ? "" : `&since=${seat.since}`;
  const socket = new RawWebSocket(target, `/ws?room_id=${encodeURIComponent(seat.room)}${since}`, {
    wantsText(bytes, start) {
      header = batchHeader(bytes, start);
      return header === undefined || sink.wantsRecords(header);
    },
    frame(text) {
      if (header === undefined) otherFrame(text ?? "", seat, sink);
      else sink.batch(header, text === undefined ? undefined : recordsOf(parseObject(text)), seat.now());
    },
    closed: (code) => sink.closed(code),
    broken: (error) => sink.fault(error.message),
  });
  return {
    opened: socket.opened,
    heartbeat: () => socket.send('{"type":"ping"}'),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(),
  };
}

function otherFrame(text: string, seat: Seat, sink: StreamSink): void {
  const frame = parseObject(text);
  switch (frame?.["type"]) {
    case "snapshot":
      return sink.joined(
        numberOf(frame["head"]),
        seat.since === undefined ? [] : recordsOf(frame),
        seat.now(),
      );
    case "gap":
      return sink.gap({
        from: numberOf(frame["from"]) ?? 0,
        to: numberOf(frame["to"]) ?? 0,
        count: numberOf(frame["count"]),
      });
    case "error":
      return sink.fault(String(frame["code"]));
    case undefined:
      return sink.fault("a frame that is no JSON object with a type");
    default:
  }
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

function publisher(target: Target, connections: number): Publisher {
  const lanes = new HttpLanes(target, connections);
  return {
    opened: Promise.resolve(),
    get waiting() {
      return lanes.waiting;
    },
    publish({ room, token, content }, done) {
      const request = postRequest(target, "/api/v1/danmu", token, { room_id: room, content });
      if (!lanes.offer(request, (reply) => done(outcomeOf(reply))))
        done({ kind: "refused", code: "GENERATOR_FULL" });
    },
    close: () => lanes.close(),
  };
}

function outcomeOf(reply: HttpReply | undefined): PublishOutcome {
  if (reply === undefined) return { kind: "refused", code: "CONNECTION_LOST" };
  if (reply.status !== 202) return { kind: "refused", code: codeOf(reply) };
  return { kind: "acked", seq: numberOf(parseObject(reply.body)?.["seq"]) };
}

/** The error's code where the body has one, the status otherwise. */
function codeOf({ status, body }: HttpReply): string {
  const error: unknown = parseObject(body)?.["error"];
  const code: unknown =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : `HTTP_${status}`;
}
