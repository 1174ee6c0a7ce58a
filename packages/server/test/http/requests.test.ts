import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Context } from "@barrage/kernel";
import type { AppendOutcome, AppendRequest } from "@barrage/engine";
import { MemoryLog } from "@barrage/testkit";
import { Lifecycle } from "../../src/http/lifecycle.ts";
import type { RequestFacts } from "../../src/http/lifecycle.ts";
import { memoryStore, testServer } from "../support/test-server.ts";

/** A log whose appends of danmaku wait until their context is cancelled. */
class WaitingLog extends MemoryLog {
  readonly begun = Promise.withResolvers<Context>();
  readonly cancelled = Promise.withResolvers<unknown>();

  override async append(request: AppendRequest, ctx: Context): Promise<AppendOutcome> {
    if (request.entry.kind !== "danmaku") return super.append(request, ctx);
    this.begun.resolve(ctx);
    await new Promise<void>((resolve) => {
      ctx.onCancel((cause) => {
        this.cancelled.resolve(cause);
        resolve();
      });
    });
    ctx.throwIfCancelled();
    throw new Error("only a cancel ends this wait");
  }
}

const body = JSON.stringify({ room_id: "r1", content: "x" });

describe("a request", () => {
  it("[IN-16] keeps a sane id and gets a new one in place of another", async (t) => {
    const server = await testServer(t);
    const idFor = async (id: string) =>
      (await server.call("GET", "/healthz", { headers: { "x-request-id": id } })).headers.get("x-request-id");

    assert.equal(await idFor("abc-1.2_3"), "abc-1.2_3");
    assert.equal(await idFor("i".repeat(64)), "i".repeat(64));
    assert.match((await idFor("i".repeat(65))) ?? "", /^[0-9a-f-]{36}$/);
    assert.match((await idFor('x"y')) ?? "", /^[0-9a-f-]{36}$/);
  });

  it("[IN-16] has its id and its trace in the log", async (t) => {
    const server = await testServer(t);
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    await server.call("GET", "/healthz", { headers: { "x-request-id": "mine", traceparent } });
    await server.call("GET", "/readyz", { headers: { "x-request-id": "other", traceparent: "junk" } });
    await server.close();

    const lines = server.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const mine = lines.find((line) => line["request_id"] === "mine");
    assert.equal(mine?.["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert.equal(mine?.["parent_id"], "00f067aa0ba902b7");
    assert.deepEqual([mine?.["route"], mine?.["status"]], ["/healthz", 200]);
    assert.equal("trace_id" in (lines.find((line) => line["request_id"] === "other") ?? {}), false);
  });

  it("[IN-17] is cancelled when its client hangs up", { timeout: 10_000 }, async (t) => {
    const log = new WaitingLog();
    const server = await testServer(t, {}, { openStore: async () => memoryStore({ log }) });
    const token = await server.token("ann");
    const hangUp = new AbortController();
    const request = server.call("POST", "/api/v1/danmu", { token, body, signal: hangUp.signal });

    await log.begun.promise;
    hangUp.abort();

    await assert.rejects(request, { name: "AbortError" });
    const cause = await log.cancelled.promise;
    assert.equal((cause as Error).message, "the client hung up");
  });

  it("[IN-17] is answered as overload when its time is over", { timeout: 10_000 }, async (t) => {
    const log = new WaitingLog();
    const flags = { "server.request-timeout-ms": "100" };
    const server = await testServer(t, flags, { openStore: async () => memoryStore({ log }) });

    const answer = await server.call("POST", "/api/v1/danmu", { token: await server.token("ann"), body });

    assert.deepEqual([answer.status, answer.json["error"].code], [503, "BARRAGE_OVERLOADED"]);
    assert.equal(answer.headers.get("retry-after"), "1");
  });

  it("[IN-19] comes from the address that trusted proxies name, and from no other", async (t) => {
    const flags = { "engine.limits.address.burst": "1", "engine.limits.address.per-second": "0.001" };
    const statuses = async (more: Record<string, string>, addresses: readonly string[]) => {
      const server = await testServer(t, { ...flags, ...more });
      const token = await server.token("ann");
      const all = [];
      for (const address of addresses) {
        const headers = { "x-forwarded-for": address };
        all.push((await server.call("POST", "/api/v1/danmu", { token, body, headers })).status);
      }
      return all;
    };

    assert.deepEqual(await statuses({}, ["10.0.0.1", "10.0.0.2"]), [202, 429]);
    const trusted = { "server.trusted-proxies": "loopback" };
    assert.deepEqual(await statuses(trusted, ["10.0.0.1", "10.0.0.2", "10.0.0.1"]), [202, 202, 429]);
    assert.deepEqual(await statuses(trusted, ["1.1.1.1, 10.0.0.1", "2.2.2.2, 10.0.0.1"]), [202, 429]);
  });
});

describe("Lifecycle", () => {
  const facts: RequestFacts = {
    id: "1",
    method: "GET",
    route: "/x",
    path: "/x",
    address: "::1",
    trace: undefined,
  };

  it("[IN-18] tells every hook, also after one has thrown", () => {
    const failures: string[] = [];
    const told: string[] = [];
    const lifecycle = new Lifecycle((name) => failures.push(name));
    lifecycle.add({
      name: "bad",
      before: () => {
        throw new Error("no");
      },
    });
    lifecycle.add({
      name: "good",
      before: ({ route }) => told.push(`before ${route}`),
      failed: (_, { code }) => told.push(`failed ${code}`),
      after: (_, { status }) => told.push(`after ${status}`),
    });

    lifecycle.before(facts);
    lifecycle.failed(facts, { error: new Error("x"), code: "C" });
    lifecycle.after(facts, { status: 500, ms: 1, aborted: false });

    assert.deepEqual(told, ["before /x", "failed C", "after 500"]);
    assert.deepEqual(failures, ["bad"]);
  });

  it("[IN-18] counts every request once, refused and unknown ones too", async (t) => {
    const server = await testServer(t);
    await server.get("/healthz");
    await server.get("/nothing");
    await server.get("/api/v1/rooms/none");

    const { text } = await server.get("/metrics");

    assert.match(text, /barrage_http_requests_total\{method="GET",route="\/healthz",status="200"\} 1/);
    assert.match(text, /barrage_http_requests_total\{method="GET",route="unknown",status="404"\} 1/);
    assert.match(
      text,
      /barrage_http_requests_total\{method="GET",route="\/api\/v1\/rooms\/:id",status="404"\} 1/,
    );
  });
});
