import type { FastifyInstance } from "fastify";
import type { Static } from "typebox";
import type { Context } from "@barrage/kernel";
import { isRoomId, protocolError } from "@barrage/protocol";
import type { RoomSummary } from "@barrage/protocol";
import { principalOf } from "../call.ts";
import type { HttpParts } from "../call.ts";
import {
  answers,
  CreateRoomBody,
  HeartbeatDone,
  OneRoom,
  Room,
  RoomList,
  RoomParams,
  TOKEN_NEEDED,
} from "../schemas.ts";

export interface InRoom {
  Params: { id: string };
}

/** A room that exists, closed ones too: their history stays. Errors: BARRAGE_ROOM_UNKNOWN. */
export async function requireRoom(parts: HttpParts, id: string, ctx: Context): Promise<RoomSummary> {
  const room = isRoomId(id) ? await parts.engine.rooms.find(id, ctx) : undefined;
  if (room === undefined) throw protocolError("BARRAGE_ROOM_UNKNOWN");
  return room;
}

/** Rooms: list, find, make, and the streamer's sign of life. */
export function roomRoutes(app: FastifyInstance, parts: HttpParts): void {
  const { rooms, commands } = parts.engine;
  app.get("/api/v1/rooms", {
    schema: {
      summary: "Rooms that are open, most viewers first",
      tags: ["rooms"],
      response: answers(200, RoomList),
    },
    handler: async (request) => ({ rooms: await rooms.list(request.call.ctx) }),
  });
  app.get<InRoom>("/api/v1/rooms/:id", {
    schema: {
      summary: "One room",
      tags: ["rooms"],
      params: RoomParams,
      response: answers(200, OneRoom),
    },
    async handler({ params, call: { ctx } }) {
      const room = await requireRoom(parts, params.id, ctx);
      const unique = await parts.engine.uniqueViewers?.(room.id, ctx);
      return unique === undefined ? room : { ...room, unique_viewers: unique };
    },
  });
  app.post<{ Body: Static<typeof CreateRoomBody> }>("/api/v1/rooms", {
    schema: {
      summary: "Make a room (hosts and services)",
      tags: ["rooms"],
      security: TOKEN_NEEDED,
      body: CreateRoomBody,
      response: answers(201, Room),
    },
    async handler(request, reply) {
      const who = await principalOf(parts, request);
      const room = await commands.create(who, request.body, request.call.ctx);
      reply.status(201).header("location", `/api/v1/rooms/${room.id}`);
      return room;
    },
  });
  app.post<InRoom>("/api/room/:id/heartbeat", {
    schema: {
      summary: "The streamer is there: makes and keeps the room live",
      tags: ["rooms"],
      security: TOKEN_NEEDED,
      params: RoomParams,
      response: answers(200, HeartbeatDone),
    },
    async handler(request) {
      const who = await principalOf(parts, request);
      const ts = await commands.heartbeat(who, request.params.id, request.call.ctx);
      return { status: "ok", ts };
    },
  });
}
