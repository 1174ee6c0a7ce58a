import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { principalOf } from "../call.ts";
import type { HttpParts } from "../call.ts";
import { LIST_ITEMS, LIST_MAX } from "../limits.ts";
import {
  answers,
  AuditList,
  closed,
  Done,
  Erased,
  HeldList,
  Published,
  RoomParams,
  TOKEN_NEEDED,
} from "../schemas.ts";

const ListQuery = closed({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIST_MAX })) });
const HeldParams = Type.Object({ id: Type.String(), heldId: Type.String({ maxLength: 64 }) });
const UserParams = Type.Object({ uid: Type.String() });

interface List {
  Params: { id: string };
  Querystring: { limit?: number };
}
interface OneHeld {
  Params: { id: string; heldId: string };
}

const shared = { tags: ["moderation"], security: TOKEN_NEEDED };

/** The moderators' queue. */
export function heldRoutes(app: FastifyInstance, parts: HttpParts): void {
  const { commands } = parts.engine;
  app.get<List>("/api/v1/rooms/:id/held", {
    schema: {
      ...shared,
      summary: "Danmaku that wait for a moderator, oldest first",
      params: RoomParams,
      querystring: ListQuery,
      response: answers(200, HeldList),
    },
    async handler(request) {
      const who = await principalOf(parts, request);
      const limit = request.query.limit ?? LIST_ITEMS;
      return { held: await commands.held(who, request.params.id, limit, request.call.ctx) };
    },
  });
  app.post<OneHeld>("/api/v1/rooms/:id/held/:heldId/approve", {
    schema: {
      ...shared,
      summary: "Publish a held danmaku",
      params: HeldParams,
      response: answers(200, Published),
    },
    async handler(request) {
      const who = await principalOf(parts, request);
      return commands.approve(who, request.params.id, request.params.heldId, request.call.ctx);
    },
  });
  app.post<OneHeld>("/api/v1/rooms/:id/held/:heldId/reject", {
    schema: { ...shared, summary: "Drop a held danmaku", params: HeldParams, response: answers(200, Done) },
    async handler(request) {
      const who = await principalOf(parts, request);
      await commands.reject(who, request.params.id, request.params.heldId, request.call.ctx);
      return { status: "ok" };
    },
  });
}

/** The audit log, and the right to be forgotten. */
export function recordRoutes(app: FastifyInstance, parts: HttpParts): void {
  const { commands } = parts.engine;
  app.get<List>("/api/v1/rooms/:id/audit", {
    schema: {
      ...shared,
      summary: "What people with power did in this room, newest first",
      params: RoomParams,
      querystring: ListQuery,
      response: answers(200, AuditList),
    },
    async handler(request) {
      const who = await principalOf(parts, request);
      const limit = request.query.limit ?? LIST_ITEMS;
      return { events: await commands.audit(who, request.params.id, limit, request.call.ctx) };
    },
  });
  app.delete<{ Params: { uid: string } }>("/api/v1/users/:uid/danmu", {
    config: { untimed: true },
    schema: {
      ...shared,
      summary: "Erase everything a user ever wrote, in every room (services)",
      params: UserParams,
      response: answers(200, Erased),
    },
    async handler(request) {
      const who = await principalOf(parts, request);
      return { erased: await commands.eraseUser(who, request.params.uid, request.call.ctx) };
    },
  });
}
