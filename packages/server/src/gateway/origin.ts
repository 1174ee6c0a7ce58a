import type { IncomingMessage } from "node:http";

/**
 * Whether a page of this origin may open a WebSocket. Browsers always send it; other programs do not have to, and
 * could send what they like, so its absence is no reason to refuse.
 */
export function isOriginAllowed(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (allowed.includes("*") || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
