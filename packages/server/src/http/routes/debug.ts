import type { FastifyInstance, FastifyReply } from "fastify";
import { Type } from "typebox";
import type { Page } from "@barrage/kernel-node";
import type { OperatorParts, WholeView } from "../call.ts";
import { requireAdmin } from "../operator.ts";
import { closed, Refusal } from "../schemas.ts";

const TasksQuery = closed({
  debug: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 2,
      description: "0: pprof profile, 1: groups (default), 2: every task.",
    }),
  ),
});

const TreeQuery = closed({
  format: Type.Optional(Type.Union([Type.Literal("text"), Type.Literal("mermaid"), Type.Literal("json")])),
});

const DESCRIPTION =
  "On when telemetry.debugPages says so; with the admin token, in development also from this machine.";

const bytes = (type: string) => ({ [type]: { schema: { type: "string" } } });

function send(reply: FastifyReply, { status, contentType, body }: Page): FastifyReply {
  return reply.status(status).type(contentType).header("cache-control", "no-store").send(body);
}

/** The kernel's own pages: what runs in this process and what it waits for. Absent unless they are switched on. */
export function debugRoutes(app: FastifyInstance, parts: OperatorParts): void {
  const { tools } = parts;
  if (tools === undefined) return;
  app.get<{ Querystring: { debug?: 0 | 1 | 2 } }>("/debug/tasks", {
    config: { always: true },
    schema: {
      summary: "Live tasks by where they were started and what they wait for",
      description: DESCRIPTION,
      tags: ["operations"],
      querystring: TasksQuery,
      response: {
        200: {
          description: "A profile or text.",
          content: { ...bytes("text/plain"), ...bytes("application/octet-stream") },
        },
        "4xx": Refusal,
      },
    },
    async handler(request, reply) {
      requireAdmin(parts, request);
      return send(reply, tools.taskPage(request.query.debug ?? 1));
    },
  });
  app.get<{ Querystring: { format?: "text" | "mermaid" | "json" } }>("/debug/tree", {
    config: { always: true },
    schema: {
      summary: "What would be cancelled with what",
      description: DESCRIPTION,
      tags: ["operations"],
      querystring: TreeQuery,
      response: {
        200: {
          description: "The cancel tree.",
          content: { ...bytes("text/plain"), ...bytes("application/json") },
        },
        "4xx": Refusal,
      },
    },
    async handler(request, reply) {
      requireAdmin(parts, request);
      return send(reply, tools.treePage(request.query.format ?? "text"));
    },
  });
  if (parts.whole !== undefined) workersRoute(app, parts, parts.whole);
}

function workersRoute(app: FastifyInstance, parts: OperatorParts, whole: WholeView): void {
  app.get("/debug/workers", {
    config: { always: true },
    schema: {
      summary: "The processes of the server and the last decision about their number",
      description: `With --workers only. ${DESCRIPTION}`,
      tags: ["operations"],
      response: {
        200: { description: "A table.", content: { "application/json": { schema: { type: "object" } } } },
        "4xx": Refusal,
      },
    },
    async handler(request, reply) {
      requireAdmin(parts, request);
      void reply.header("cache-control", "no-store");
      return whole.workers();
    },
  });
}
