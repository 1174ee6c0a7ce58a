import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { METRICS, metricsReference } from "@barrage/server";
import { isLocalPeer } from "../../src/http/client-address.ts";
import { testServer } from "../support/test-server.ts";

const PRODUCTION = {
  mode: "production",
  "auth.hs256-secret": "0123456789abcdef0123456789abcdef",
  "auth.issuer": "https://issuer.example",
  "auth.audience": "barrage",
};

const value = (text: string, name: string): number =>
  Number(new RegExp(`^${name.replace(/[{}"]/g, "\\$&")} (\\S+)$`, "m").exec(text)?.[1]);

describe("metrics", () => {
  it("[OP-8] are those of the table and of the page, no more and no fewer", async (t) => {
    const server = await testServer(t);

    const { text, headers } = await server.get("/metrics");

    const scraped = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
    const table = Object.entries(METRICS).map(([name, { kind }]) => `${name} ${kind}`);
    assert.deepEqual(scraped.sort(), table.sort());
    assert.match(headers.get("content-type") ?? "", /^text\/plain; version=/);
    const page = metricsReference();
    for (const name of Object.keys(METRICS)) assert.equal(page.split(`| \`${name}\` |`).length, 2, name);
  });

  it("[OP-8] agree with what happened", async (t) => {
    const server = await testServer(t);
    const token = await server.token("ann");
    for (let i = 0; i < 3; i += 1) await server.post("/api/v1/danmu", { room_id: "r1", content: "x" }, token);
    await server.post("/api/v1/danmu", {}, token);

    const { text } = await server.get("/metrics");

    assert.equal(value(text, "barrage_ack_seconds_count"), 3);
    assert.equal(value(text, "barrage_rooms"), 1);
    // The room's own record came first.
    assert.equal(value(text, "barrage_log_appended_total"), 4);
    assert.equal(value(text, 'barrage_verdicts_total{verdict="allow"}'), 3);
    assert.equal(value(text, "barrage_connections"), 0);
    assert.equal(value(text, "barrage_ready"), 1);
    assert.equal(value(text, "barrage_live_tasks") > 0, true);
    assert.equal(value(text, 'barrage_event_loop_delay_seconds{quantile="0.99"}') >= 0, true);
    // This process runs server and test: it used no less time and grew by no gibibyte since the answer.
    const seconds = value(text, "process_cpu_seconds_total");
    assert.equal(
      seconds > 0 && seconds <= process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
      true,
    );
    const bytes = value(text, "process_resident_memory_bytes");
    assert.equal(Math.abs(process.memoryUsage.rss() - bytes) < 2 ** 30, true);
  });

  it("[OP-9] are for this machine, or for the admin token, in production", async (t) => {
    const server = await testServer(t, { ...PRODUCTION, "server.admin-token": "0123456789abcdef" });
    const proxied = { "x-forwarded-for": "203.0.113.9" };
    const statusOf = async (headers: Record<string, string>) =>
      (await server.call("GET", "/metrics", { headers })).status;

    assert.equal(await statusOf({}), 200);
    assert.equal(await statusOf(proxied), 401);
    assert.equal(await statusOf({ ...proxied, authorization: "Bearer 0123456789abcdeX" }), 401);
    assert.equal(await statusOf({ ...proxied, authorization: "Bearer 0123456789abcdef" }), 200);
  });

  it("[OP-9] are for nobody else where there is no admin token, and for all in development", async (t) => {
    const production = await testServer(t, PRODUCTION);
    const development = await testServer(t);
    const headers = { forwarded: "for=203.0.113.9", authorization: "Bearer null" };

    assert.equal((await production.call("GET", "/metrics", { headers })).status, 401);
    assert.equal((await development.call("GET", "/metrics", { headers })).status, 200);
  });

  it("[OP-9] takes only a socket of this machine for this machine", () => {
    const from = (remoteAddress: string) => isLocalPeer({ socket: { remoteAddress }, headers: {} } as never);

    assert.deepEqual(
      ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.0.0.1", "::ffff:10.0.0.1", "::2"].map(from),
      [true, true, true, true, false, false, false],
    );
  });
});
