import type { IncomingMessage, ServerResponse } from "node:http";
import { debugPage } from "./task-page.ts";

/** Answers with the debug pages. It asks for no credentials: put it where only those may reach it who should. */
export function debugHandler(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const page = debugPage(url.pathname, url.searchParams);
  const headers = { "content-type": page.contentType, "cache-control": "no-store" };
  response.writeHead(page.status, headers).end(page.body);
}
