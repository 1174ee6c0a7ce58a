import type { FastifyInstance } from "fastify";
import type { PolicyChange } from "@barrage/protocol";
import { principalOf } from "../call.ts";
import type { HttpParts } from "../call.ts";
import { PolicyChangeBody, PolicyReport } from "../policy-schemas.ts";
import { answers, RoomParams, TOKEN_NEEDED } from "../schemas.ts";

const shared = { tags: ["moderation"], security: TOKEN_NEEDED, params: RoomParams };

/** What a room does against too much of the same, or too much at all. */
export function policyRoutes(app: FastifyInstance, parts: HttpParts): void {
  const { commands } = parts.engine;
  app.get<{ Params: { id: string } }>("/api/v1/rooms/:id/policies", {
    schema: {
      ...shared,
      summary: "The room's policies, and what each has done or would have done (moderator)",
      description:
        "The counts are those since the start of the process that is asked. In a cluster that is what its own publishes " +
        "were refused for (slow and unique mode); merging and ceilings are counted by the routers, in their metrics.",
      response: answers(200, PolicyReport),
    },
    async handler(request) {
      const who = await principalOf(parts, request);
      return commands.policies(who, request.params.id, request.call.ctx);
    },
  });
  app.put<{ Params: { id: string }; Body: PolicyChange }>("/api/v1/rooms/:id/policies", {
    schema: {
      ...shared,
      summary: "Change some of the room's policies; those that are not named stay (moderator)",
      body: PolicyChangeBody,
      response: answers(200, PolicyReport),
    },
    async handler(request) {
      const who = await principalOf(parts, request);
      const { id } = request.params;
      const { ctx } = request.call;
      await commands.setPolicies(who, id, request.body, ctx);
      return commands.policies(who, id, ctx);
    },
  });
}
