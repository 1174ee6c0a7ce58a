import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { stripTypeScriptTypes } from "node:module";

/** A page with a 960 x 540 stage over a picture-like background and the overlay's module at `/src/index.ts`. */
const PAGE = `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; style-src 'self' 'nonce-page'; script-src 'self'">
<title>overlay</title>
<style nonce="page">
  body { margin: 0; background: #111; }
  #player { position: relative; width: 960px; height: 540px; overflow: hidden; }
  #under { position: absolute; inset: 0; border: 0;
    background: linear-gradient(160deg, #27496d 0%, #8aa7c4 45%, #e8e2d0 60%, #4b6b3c 75%, #2c3e22 100%); }
</style>
<div id="player"><button id="under"></button></div>
`;

const SOURCES = new URL("../src/", import.meta.url);

export interface OverlayPage {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the page and the package's sources with their types stripped: what runs is what is written. */
export async function serveOverlayPage(): Promise<OverlayPage> {
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (!path.startsWith("/src/")) {
      response.setHeader("content-type", "text/html");
      response.end(PAGE);
      return;
    }
    readFile(new URL(path.slice("/src/".length), SOURCES), "utf8").then(
      (source) => {
        response.setHeader("content-type", "text/javascript");
        response.end(stripTypeScriptTypes(source));
      },
      () => {
        response.statusCode = 404;
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
