import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Pages of ours load nothing from elsewhere and run nothing inline. Styles inline: the renderer sets positions. */
const PAGE_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

/** Who may show a page in a frame. */
export const pagePolicy = (ancestors: readonly string[]): string =>
  `${PAGE_POLICY}; frame-ancestors ${["'self'", ...ancestors].join(" ")}`;

/** What an answer that is no page may do in a browser: nothing. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

const PREFLIGHT_AGE_S = "600";

function allowOrigin(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): void {
  const { origin } = request.headers;
  if (allowed.length === 0) return;
  reply.header("vary", "origin");
  if (origin === undefined || !(allowed.includes("*") || allowed.includes(origin))) return;
  // No cookies are used, so credentials need not be allowed; tokens travel in their own header.
  reply.header("access-control-allow-origin", origin);
  reply.header("access-control-expose-headers", "x-request-id, retry-after");
}

/** Security headers on everything, and CORS for the configured origins. */
export function browserRules(
  app: FastifyInstance,
  allowedOrigins: readonly string[],
  isSecure: boolean,
): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-content-type-options", "nosniff");
    reply.header("referrer-policy", "no-referrer");
    reply.header("content-security-policy", DATA_POLICY);
    if (isSecure) reply.header("strict-transport-security", "max-age=31536000");
    allowOrigin(request, reply, allowedOrigins);
    const isPreflight =
      request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
    if (!isPreflight) return;
    reply
      .header("access-control-allow-methods", "GET, POST, DELETE")
      .header("access-control-allow-headers", "authorization, content-type, x-request-id, traceparent")
      .header("access-control-max-age", PREFLIGHT_AGE_S);
    return reply.status(204).send();
  });
}
