import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryDir } from "./support/test-server.ts";

// #region example
import { resolveConfig, startServer } from "@barrage/server";

export async function serveFor(dir: string, body: (url: string) => Promise<void>): Promise<void> {
  const { config } = resolveConfig({ env: process.env, flags: { "store.dir": dir, "server.port": "0" } });
  const server = await startServer(config);
  try {
    await body(server.url);
  } finally {
    await server.close();
  }
}
// #endregion

describe("README", () => {
  it("shows the example that is compiled here", () => {
    const own = readFileSync(import.meta.filename, "utf8");
    const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
    const example = own.split("// #region example\n")[1]?.split("// #endregion")[0];

    assert.equal(readme.split("```ts\n")[1]?.split("```")[0], example);
  });

  it("[OP-10] shows how to run a server that is ready", async (t) => {
    let status = 0;

    await serveFor(temporaryDir(t), async (url) => {
      status = (await fetch(`${url}/readyz`)).status;
    });

    assert.equal(status, 200);
  });
});
