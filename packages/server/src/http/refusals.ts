import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { protocolError } from "@barrage/protocol";
import type { OperatorParts } from "./call.ts";
import { answerOf, publicErrorOf } from "./error-answer.ts";

/** Which methods each address takes, to tell 405 from 404. Addresses with `*` take every path and prove nothing. */
class KnownRoutes {
  private readonly methods = new Map<string, Set<string>>();
  private readonly patterns: { readonly pattern: RegExp; readonly methods: Set<string> }[] = [];

  add(url: string, methods: readonly string[]): void {
    if (url.includes("*")) return;
    let known = this.methods.get(url);
    if (known === undefined) {
      known = new Set();
      this.methods.set(url, known);
      const source = url.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/:[A-Za-z]+/g, "[^/]+");
      this.patterns.push({ pattern: new RegExp(`^${source}$`), methods: known });
    }
    for (const method of methods) known.add(method);
  }

  methodsOf(path: string): readonly string[] {
    const all = this.patterns
      .filter(({ pattern }) => pattern.test(path))
      .flatMap(({ methods }) => [...methods]);
    return [...new Set(all)].sort();
  }
}

/** Sends `error` in the one shape and tells the hooks. What nobody foresaw is logged with its stack by them. */
export function sendError(
  parts: OperatorParts,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const limit = request.routeOptions.bodyLimit;
  const known = publicErrorOf(error, limit);
  const { status, headers, body } = answerOf(known);
  // Fastify refuses an address it cannot parse before any hook has run.
  if ((request.call as unknown) !== undefined)
    parts.lifecycle.failed(request.call.facts, { error, code: known.code });
  return reply
    .status(status)
    .headers(headers)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(body));
}

/** Every way to say no: thrown errors, unknown addresses, wrong methods. */
export function answerRefusals(app: FastifyInstance, parts: OperatorParts): void {
  const routes = new KnownRoutes();
  app.addHook("onRoute", ({ url, method }) => routes.add(url, [method].flat()));
  app.setErrorHandler((error, request, reply) => sendError(parts, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const allowed = routes.methodsOf(request.url.split("?", 1)[0] ?? "/");
    if (allowed.length === 0) return sendError(parts, protocolError("BARRAGE_NOT_FOUND"), request, reply);
    reply.header("allow", allowed.join(", "));
    return sendError(parts, protocolError("BARRAGE_METHOD_NOT_ALLOWED"), request, reply);
  });
}
