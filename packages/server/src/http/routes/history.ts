import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { Static } from "typebox";
import type { HttpParts } from "../call.ts";
import { PAGE_ITEMS, PAGE_ITEMS_MAX } from "../limits.ts";
import { answers, closed, History, RoomParams } from "../schemas.ts";
import { requireRoom } from "./rooms.ts";

const Moment = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const HistoryParams = closed({
  from: Type.Optional(Type.Integer({ ...Moment, description: "Wall clock, ms, inclusive." })),
  to: Type.Optional(Type.Integer({ ...Moment, description: "Wall clock, ms, exclusive." })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: PAGE_ITEMS_MAX, description: "Records of a page." }),
  ),
  after: Type.Optional(Type.Integer({ ...Moment, description: "The page before's next." })),
});

/** Says of an answer that the newest records may be missing from it. */
const ARCHIVE_HEADER = "x-barrage-archive";

/** `GET /api/v1/rooms/:id/danmu`: history by time, page by page. */
export function historyRoutes(app: FastifyInstance, parts: HttpParts): void {
  app.get<{ Params: { id: string }; Querystring: Static<typeof HistoryParams> }>("/api/v1/rooms/:id/danmu", {
    schema: {
      summary: "A room's history, in order, paged",
      description:
        "Recalled records are left out. Pass next as after until it is absent. While the archive cannot be written " +
        "the newest records are missing, and the answer's header x-barrage-archive is behind.",
      tags: ["history"],
      params: RoomParams,
      querystring: HistoryParams,
      response: answers(200, History),
    },
    async handler(request, reply) {
      const { ctx } = request.call;
      const { id: room } = await requireRoom(parts, request.params.id, ctx);
      const { after = 0, limit = PAGE_ITEMS, from, to } = request.query;
      const span = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
      const query = { room, after, limit, ...span };
      const { page, isComplete } = await parts.engine.rooms.history(query, ctx);
      if (!isComplete) void reply.header(ARCHIVE_HEADER, "behind");
      return page;
    },
  });
}
