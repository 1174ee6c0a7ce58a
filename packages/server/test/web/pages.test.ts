import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { temporaryDir, testServer } from "../support/test-server.ts";

function bundle(t: TestContext): string {
  const webRoot = temporaryDir(t);
  mkdirSync(join(webRoot, "assets"));
  for (const [name, text] of [
    ["index.html", "<!doctype html><p>live"],
    ["overlay.html", "<!doctype html><p>overlay"],
    ["embed.js", "// embed"],
    ["assets/main-Ab12Cd34.js", "// main"],
  ] as const)
    writeFileSync(join(webRoot, name), text);
  return webRoot;
}

describe("pages", () => {
  it("[OP-17] are served with the right cache rules", async (t) => {
    const server = await testServer(t, {}, { webRoot: bundle(t) });
    const seen = async (path: string) => {
      const { status, text, headers } = await server.get(path);
      return [status, text, headers.get("cache-control")];
    };

    assert.deepEqual(await seen("/"), [200, "<!doctype html><p>live", "no-cache"]);
    assert.deepEqual(await seen("/live/r1"), [200, "<!doctype html><p>live", "no-cache"]);
    assert.deepEqual(await seen("/overlay/r1"), [200, "<!doctype html><p>overlay", "no-cache"]);
    assert.deepEqual(await seen("/embed.js"), [200, "// embed", "no-cache"]);
    assert.deepEqual(await seen("/assets/main-Ab12Cd34.js"), [
      200,
      "// main",
      "public, max-age=31536000, immutable",
    ]);
    assert.equal((await server.get("/assets/none.js")).json["error"].code, "BARRAGE_NOT_FOUND");
    assert.equal((await server.get("/../package.json")).status, 404);
    assert.equal((await server.get("/assets/..%2f..%2fpackage.json")).status, 404);
  });

  it("[OP-17] say how to build them where they are not built", async (t) => {
    const server = await testServer(t);

    const { status, text, headers } = await server.get("/live/r1");

    assert.equal(status, 503);
    assert.match(headers.get("content-type") ?? "", /^text\/html/);
    assert.match(text, /npm start/);
  });

  it("[OP-18] run scripts of this server only, in nobody's frame but the configured", async (t) => {
    const flags = { "server.embed-origins": "https://blog.example" };
    const server = await testServer(t, flags, { webRoot: bundle(t) });
    const closed = await testServer(t, {}, { webRoot: bundle(t) });
    const policy = async (from: typeof server, path: string) =>
      (await from.get(path)).headers.get("content-security-policy") ?? "";

    for (const path of ["/", "/live/r1", "/overlay/r1"])
      assert.match(await policy(server, path), /default-src 'self';.*object-src 'none'/);
    assert.match(await policy(server, "/overlay/r1"), /frame-ancestors 'self' https:\/\/blog\.example$/);
    assert.match(await policy(server, "/live/r1"), /frame-ancestors 'self'$/);
    assert.match(await policy(closed, "/overlay/r1"), /frame-ancestors 'self'$/);
    assert.match(await policy(server, "/api/v1/rooms"), /default-src 'none'; frame-ancestors 'none'/);
    const embed = async (from: typeof server) =>
      (await from.get("/embed.js")).headers.get("cross-origin-resource-policy");
    assert.deepEqual([await embed(server), await embed(closed)], ["cross-origin", null]);
  });
});
