import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import { pagePolicy } from "../http/browser-rules.ts";
import type { HttpParts } from "../http/call.ts";

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Barrage</title>
<h1>Barrage is running</h1>
<p>The page is not built yet: run <code>npm start</code> once, which builds it, or <code>node scripts/build-web.ts</code>.</p>
<p>The API is here: <a href="/docs">/docs</a>.</p></html>`;

/** Vite puts a hash of the content into these names, so what is cached cannot be stale. */
const HASHED = "public, max-age=31536000, immutable";
const ASK_AGAIN = "no-cache";

interface Page {
  readonly path: string;
  /** First of these that the bundle has. */
  readonly files: readonly string[];
  readonly ancestors: readonly string[];
}

function pageText(webRoot: string | undefined, files: readonly string[]): string | undefined {
  const found = webRoot === undefined ? undefined : files.map((file) => join(webRoot, file)).find(existsSync);
  return found === undefined ? undefined : readFileSync(found, "utf8");
}

function pageRoute(app: FastifyInstance, webRoot: string | undefined, page: Page): void {
  // Read once: a page is small, and a new bundle comes with a new start.
  const text = pageText(webRoot, page.files);
  const policy = pagePolicy(page.ancestors);
  app.get(page.path, { schema: { hide: true } }, (_request, reply: FastifyReply) =>
    reply
      .status(text === undefined ? 503 : 200)
      .type("text/html; charset=utf-8")
      .header("cache-control", ASK_AGAIN)
      .header("content-security-policy", policy)
      .send(text ?? NOT_BUILT),
  );
}

/** The live page, the overlay for OBS, and the bundle's files. */
export async function pageRoutes(app: FastifyInstance, parts: HttpParts): Promise<void> {
  const { webRoot, config } = parts;
  const { embedOrigins } = config.server;
  pageRoute(app, webRoot, { path: "/", files: ["index.html"], ancestors: [] });
  pageRoute(app, webRoot, { path: "/live/:room", files: ["live.html", "index.html"], ancestors: [] });
  const overlay = { files: ["overlay.html", "index.html"], ancestors: embedOrigins };
  pageRoute(app, webRoot, { path: "/overlay/:room", ...overlay });
  if (webRoot === undefined || !existsSync(webRoot)) return;
  await app.register(fastifyStatic, {
    root: webRoot,
    // A route for each file there is, so that every other address keeps its own 404.
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders(reply, path) {
      reply.header("cache-control", path.includes("/assets/") ? HASHED : ASK_AGAIN);
      // Other sites load embed.js with one line of HTML.
      if (path.endsWith("embed.js") && embedOrigins.length > 0)
        reply.header("cross-origin-resource-policy", "cross-origin");
    },
  });
}
