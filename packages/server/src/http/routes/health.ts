import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { protocolError, toPublicError } from "@barrage/protocol";
import type { OperatorParts } from "../call.ts";
import { answerOf } from "../error-answer.ts";
import { requireOperator } from "../operator.ts";
import { answers, closed, Refusal } from "../schemas.ts";

const Status = (word: string) => closed({ status: Type.Literal(word) });

/** What machines ask: alive, ready, and how it goes. */
export function healthRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get("/healthz", {
    config: { always: true },
    schema: { summary: "The process is alive", tags: ["operations"], response: answers(200, Status("ok")) },
    handler: () => Promise.resolve({ status: "ok" }),
  });
  app.get("/readyz", {
    config: { always: true },
    schema: {
      summary: "Work may be sent here",
      tags: ["operations"],
      response: {
        200: closed({
          status: Type.Literal("ready"),
          degraded: Type.Optional(
            Type.Array(Type.String(), { description: "What is missing although work may be sent here." }),
          ),
        }),
        503: Type.Object({ ...Refusal.properties, reasons: Type.Array(Type.String()) }),
      },
    },
    async handler(_, reply) {
      const reasons = parts.health.reasons();
      const degraded = parts.health.degraded?.() ?? [];
      if (reasons.length === 0)
        return { status: "ready", ...(degraded.length === 0 ? {} : { degraded: [...degraded] }) };
      const error = protocolError(parts.health.draining ? "BARRAGE_DRAINING" : "BARRAGE_LOG_UNAVAILABLE");
      reply.status(503).headers(answerOf(error).headers);
      return { error: toPublicError(error), reasons: [...reasons, ...degraded] };
    },
  });
  app.get("/metrics", {
    config: { always: true },
    schema: {
      summary: "Metrics for Prometheus",
      description: "In production from this machine, or with the admin token.",
      tags: ["operations"],
      response: {
        200: { description: "Text form.", content: { "text/plain": { schema: { type: "string" } } } },
        "4xx": Refusal,
      },
    },
    async handler(request, reply) {
      requireOperator(parts, request);
      const { type, text } = await (parts.whole?.metrics() ?? parts.metrics());
      return reply.type(type).send(text);
    },
  });
}
