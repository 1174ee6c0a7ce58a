import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { background } from "@barrage/kernel";
import { exchange, must, mustObject } from "../src/api/exchange.ts";

/** Runs `body` against a server that answers like this. */
async function against(answer: RequestListener, body: (base: URL) => Promise<void>): Promise<void> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await body(base);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const GET = { method: "GET", path: "/" } as const;

describe("an HTTP call", () => {
  it("[CL-21] a refusal keeps the server's code, whether to retry, and Retry-After in ms", async () => {
    await against(
      (_, response) => {
        response.writeHead(429, { "retry-after": "2" });
        response.end('{"error":{"code":"BARRAGE_RATE_LIMITED","message":"Too many.","retryable":true}}');
      },
      async (base) => {
        assert.deepEqual(await exchange(base, GET, background), {
          status: "refused",
          code: "BARRAGE_RATE_LIMITED",
          message: "Too many.",
          retryable: true,
          retryAfterMs: 2_000,
        });
        await assert.rejects(must(base, GET, background), { code: "CLI_SERVER_REFUSED" });
      },
    );
  });

  it("[CL-21] an answer that is none of ours is retryable when the fault is the server's", async () => {
    const statuses = [500, 503, 404];
    await against(
      (_, response) => response.writeHead(statuses.shift() ?? 200).end("<html>"),
      async (base) => {
        const retryable = [];
        for (let count = 0; count < 3; count += 1) {
          const answer = await exchange(base, GET, background);
          retryable.push(answer.status === "refused" && answer.retryable);
        }
        assert.deepEqual(retryable, [true, true, false]);
        await assert.rejects(mustObject(base, GET, background), { code: "CLI_SERVER_ODD" });
      },
    );
  });

  it("[CL-21] a broken connection is no answer", async () => {
    await against(
      (request) => request.socket.destroy(),
      async (base) => {
        assert.equal((await exchange(base, GET, background)).status, "unreachable");
        await assert.rejects(must(base, GET, background), { code: "CLI_SERVER_UNREACHABLE" });
      },
    );
  });

  it("[CL-21] ends when it is cancelled", async () => {
    await against(
      () => undefined,
      async (base) => {
        using ctx = background.cancellable();
        const calling = exchange(base, GET, ctx);
        ctx.cancel();
        await assert.rejects(calling, { code: "KERNEL_CANCELLED" });
      },
    );
  });
});
