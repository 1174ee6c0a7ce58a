import type { FastifyInstance } from "fastify";
import type { Static, TSchema } from "typebox";
import type { Caller, GiftBody, PublishOutcome, SuperchatBody } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import {
  isRoomId,
  isUserId,
  NAME_MAX_GRAPHEMES,
  parseContent,
  parseLine,
  parsePublish,
  protocolError,
} from "@barrage/protocol";
import { callerOf } from "../call.ts";
import type { HttpParts } from "../call.ts";
import { GIFT_NAME_MAX_GRAPHEMES } from "../limits.ts";
import {
  answers,
  DanmuBody,
  EnterRequest,
  GiftRequest,
  LikeRequest,
  Published,
  SuperchatRequest,
  TOKEN_NEEDED,
} from "../schemas.ts";
import { unchecked } from "../validation.ts";

const bad = (field: string, rule: string) => protocolError("BARRAGE_BAD_FIELD", { field, rule });

interface OnBehalf {
  readonly uid: string;
  readonly name: string;
}

function authorOf({ uid, name }: OnBehalf): OnBehalf {
  if (!isUserId(uid)) throw bad("author.uid", "must be 1 to 64 of A-Z a-z 0-9 . _ : @ -, and not system");
  return { uid, name: parseLine("author.name", name, NAME_MAX_GRAPHEMES) };
}

function uncheckedAuthor(value: unknown): OnBehalf {
  const { uid, name, ...rest } = (
    typeof value === "object" && value !== null ? value : {}
  ) as Partial<OnBehalf>;
  if (typeof uid !== "string" || typeof name !== "string" || Object.keys(rest).length > 0)
    throw bad("author", "must be an object with uid and name");
  return authorOf({ uid, name });
}

/** The room beside a publish, and the publish as the protocol's own parser reads it. */
function parseDanmu(body: unknown, contentMax: number) {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw bad("the body", "must be a JSON object");
  const { room_id, author, ...rest } = body as Readonly<Record<string, unknown>>;
  if (!isRoomId(room_id)) throw bad("room_id", "must be 1 to 64 of A-Z a-z 0-9 _ -");
  const publish = parsePublish(rest, contentMax);
  return {
    room: room_id,
    body: author === undefined ? publish : { ...publish, author: uncheckedAuthor(author) },
  };
}

/** Fields that the schema leaves open are checked here. */
function parseSuperchat(request: Static<typeof SuperchatRequest>, max: number): SuperchatBody {
  const { room_id: _, author, ...body } = request;
  const content = parseContent(body.content, max);
  return { ...body, content, ...(author === undefined ? {} : { author: authorOf(author) }) };
}

function parseGift(request: Static<typeof GiftRequest>): GiftBody {
  const { room_id: _, author, ...body } = request;
  const gift_name = parseLine("gift_name", body.gift_name, GIFT_NAME_MAX_GRAPHEMES);
  return { ...body, gift_name, ...(author === undefined ? {} : { author: authorOf(author) }) };
}

type Send<S extends TSchema> = (caller: Caller, body: Static<S>, ctx: Context) => Promise<PublishOutcome>;

interface PublishRoute<S extends TSchema> {
  readonly path: string;
  readonly summary: string;
  readonly body: S;
  readonly send: Send<S>;
}

function publishRoute<S extends TSchema>(
  app: FastifyInstance,
  parts: HttpParts,
  route: PublishRoute<S>,
): void {
  app.post<{ Body: Static<S> }>(`/api/v1/${route.path}`, {
    schema: {
      summary: route.summary,
      description: "Answered after the record is durable. The same client_msg_id with another body is 409.",
      tags: ["publish"],
      security: TOKEN_NEEDED,
      body: route.body,
      response: answers(202, Published),
    },
    // The danmaku's own rules are the protocol's, the same as for a WebSocket frame.
    ...(route.path === "danmu" ? { validatorCompiler: unchecked } : {}),
    async handler(request, reply) {
      const caller = await callerOf(parts, request);
      reply.status(202);
      return route.send(caller, request.body as Static<S>, request.call.ctx);
    },
  });
}

/** What goes into a room, by kind. */
export function publishRoutes(app: FastifyInstance, parts: HttpParts): void {
  const { publisher } = parts.engine;
  const { contentMax } = parts.config.engine;
  publishRoute(app, parts, {
    path: "danmu",
    summary: "Send a danmaku",
    body: DanmuBody,
    send(caller, input, ctx) {
      const { room, body } = parseDanmu(input, contentMax);
      return publisher.danmaku(caller, room, body, ctx);
    },
  });
  publishRoute(app, parts, {
    path: "superchat",
    summary: "Send a paid message (services only)",
    body: SuperchatRequest,
    send: (caller, body, ctx) =>
      publisher.superchat(caller, body.room_id, parseSuperchat(body, contentMax), ctx),
  });
  publishRoute(app, parts, {
    path: "gift",
    summary: "Send a gift (services only)",
    body: GiftRequest,
    send: (caller, body, ctx) => publisher.gift(caller, body.room_id, parseGift(body), ctx),
  });
  publishRoute(app, parts, {
    path: "like",
    summary: "Send likes",
    body: LikeRequest,
    send: (caller, { room_id, ...body }, ctx) => publisher.like(caller, room_id, body, ctx),
  });
  publishRoute(app, parts, {
    path: "enter",
    summary: "Say that a viewer has come in",
    body: EnterRequest,
    send: (caller, { room_id }, ctx) => publisher.enter(caller, room_id, ctx),
  });
}
