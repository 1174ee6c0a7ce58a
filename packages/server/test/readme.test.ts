import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readmeExample } from "@barrage/testkit";
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
    const { shown, compiled } = readmeExample(import.meta.filename);

    assert.equal(shown, compiled);
  });

  it("[OP-10] shows how to run a server that is ready", async (t) => {
    let status = 0;

    await serveFor(temporaryDir(t), async (url) => {
      status = (await fetch(`${url}/readyz`)).status;
    });

    assert.equal(status, 200);
  });
});
