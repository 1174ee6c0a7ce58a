import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { NOT_SAMPLED, TRACEPARENT } from "@barrage/engine";
import { protocolError } from "@barrage/protocol";
import type { Call, OperatorParts } from "./call.ts";
import { givenRequestId, traceOf } from "./request-id.ts";

const pathOf = (url: string): string => url.split("?", 1)[0] ?? "/";

/** Only publishes are traced: their way goes on. */
function beginSpan({ tracing, config }: OperatorParts, { method, routeOptions, headers }: FastifyRequest) {
  if (tracing === undefined || method !== "POST") return undefined;
  const given = headers["traceparent"];
  const parent = config.telemetry.tracing.fromCallers && typeof given === "string" ? given : undefined;
  const route = routeOptions.url ?? "unknown";
  return tracing.begin(`POST ${route}`, parent, { "http.request.method": method, "http.route": route });
}

function begin(parts: OperatorParts, request: FastifyRequest): Call {
  const isTimed = request.routeOptions.config.untimed !== true;
  const span = beginSpan(parts, request);
  const root =
    parts.tracing === undefined ? parts.ctx : parts.ctx.with(TRACEPARENT, span?.traceparent ?? NOT_SAMPLED);
  const ctx = root.cancellable({
    name: "request",
    ...(isTimed ? { timeout: parts.config.server.requestTimeoutMs } : {}),
  });
  const facts = {
    id: request.id,
    method: request.method,
    route: request.routeOptions.url ?? "unknown",
    path: pathOf(request.url),
    address: parts.addressOf(request.raw),
    trace: traceOf(span?.traceparent ?? request.headers["traceparent"]),
  };
  return { facts, ctx, startedAt: ctx.clock.now(), span };
}

/** `close` comes once after every answer, sent or not, so it ends the request in either case. */
function endWith(parts: OperatorParts, request: FastifyRequest, reply: FastifyReply): void {
  const { facts, ctx, startedAt, span } = request.call;
  reply.raw.once("close", () => {
    const aborted = !reply.raw.writableFinished;
    ctx.cancel(aborted ? new Error("the client hung up") : undefined);
    const ms = ctx.clock.now() - startedAt;
    const status = reply.raw.statusCode;
    if (status < 500) span?.end();
    else span?.fail(`status ${status}`);
    parts.lifecycle.after(facts, { status, ms, aborted });
  });
}

/** Gives each request its id, its context and its lifecycle. The first hook of the app. */
export function scopeRequests(app: FastifyInstance, parts: OperatorParts): void {
  app.decorateRequest("call");
  app.addHook("onRequest", async (request, reply) => {
    request.call = begin(parts, request);
    endWith(parts, request, reply);
    reply.header("x-request-id", request.id);
    parts.lifecycle.before(request.call.facts);
    if (parts.health.draining && request.routeOptions.config.always !== true)
      throw protocolError("BARRAGE_DRAINING");
  });
  // Kept-alive connections outlive the listener: each gets its answer, also one asked for before, and is told to go.
  app.addHook("onSend", async (_request, reply) => {
    if (parts.health.draining) reply.header("connection", "close");
  });
}

/** A request's id: the one it brings, if it is sane, else a new one. */
export const requestIds =
  (newId: () => string) =>
  (request: { headers: Readonly<Record<string, string | readonly string[] | undefined>> }): string =>
    givenRequestId(request.headers["x-request-id"]) ?? newId();
