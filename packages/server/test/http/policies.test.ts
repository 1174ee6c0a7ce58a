import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NO_POLICIES } from "@barrage/protocol";
import { testServer } from "../support/test-server.ts";
import type { TestServer } from "../support/test-server.ts";

const PATH = "/api/v1/rooms/r1/policies";

async function withRoom(server: TestServer) {
  const host = await server.token("hana", "host");
  assert.equal((await server.post("/api/v1/rooms", { id: "r1" }, host)).status, 201);
  return { host, viewer: await server.token("ann"), moderator: await server.token("mo", "moderator") };
}

async function put(server: TestServer, body: object, token?: string) {
  const response = await fetch(server.url + PATH, {
    method: "PUT",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: JSON.parse(await response.text()) as Record<string, never> };
}

const say = (server: TestServer, token: string, content: string) =>
  server.post("/api/v1/danmu", { room_id: "r1", content }, token);

describe("policies over HTTP", () => {
  it("[RP-23] GET has what is in force and what it did; PUT changes those that it names", async (t) => {
    const server = await testServer(t);
    const { host, moderator } = await withRoom(server);
    const before = await server.get(PATH, moderator);
    assert.deepEqual(before.json["policies"], NO_POLICIES);

    const unique = { mode: "on", seconds: 60, count: 50 };
    const changed = await put(server, { unique }, host);

    assert.equal(changed.status, 200);
    assert.deepEqual(changed.json["policies"], { ...NO_POLICIES, unique });
    await say(server, host, "again");
    const refused = await say(server, await server.token("ann"), "AGAIN");
    assert.deepEqual([refused.status, refused.json["error"].code], [409, "BARRAGE_NOT_UNIQUE"]);
    const { json } = await server.get(PATH, host);
    assert.deepEqual((json["counts"] as Record<string, unknown>)["unique"], { on: 1, dry_run: 0 });
    const metrics = await server.get("/metrics");
    assert.match(metrics.text, /barrage_policy_records_total\{policy="unique",mode="on"\} 1/);
  });

  it("[RP-23] needs a moderator, and refuses what is no policy", async (t) => {
    const server = await testServer(t);
    const { host, viewer } = await withRoom(server);
    const merge = { mode: "on", window_s: 10 };

    assert.equal((await put(server, { merge })).status, 401);
    assert.equal((await put(server, { merge }, viewer)).status, 403);
    assert.equal((await server.get(PATH, viewer)).status, 403);
    for (const bad of [
      { merge: { mode: "on" } },
      { merge: { mode: "maybe", window_s: 10 } },
      { merge: { mode: "on", window_s: 61 } },
      { merge: { mode: "on", window_s: 0 } },
      { ceiling: { mode: "on", per_second: 1_001 } },
      { slow: { mode: "on", seconds: 5, exempt: ["friends"] } },
      { shout: { mode: "on" } },
    ]) {
      assert.equal((await put(server, bad, host)).status, 400, JSON.stringify(bad));
    }
  });

  it("[RP-10] [RP-15] the ledger's page has what was sampled and merged", async (t) => {
    const server = await testServer(t);
    const { host } = await withRoom(server);
    await put(server, { merge: { mode: "on", window_s: 10 } }, host);
    const { json } = await server.get("/debug/ledger");
    const process = json["process"] as { shed: object; merged: number; imbalance: number };
    assert.deepEqual(
      [process.shed, process.merged, process.imbalance],
      [{ slow: 0, expired: 0, sampled: 0 }, 0, 0],
    );
  });

  it("[RP-1] new rooms begin with what the configuration says", async (t) => {
    const server = await testServer(t, {
      "engine.rooms.policies.ceiling.mode": "dry_run",
      "engine.rooms.policies.ceiling.per-second": "7",
      "engine.rooms.policies.slow.exempt": "host",
      "engine.rooms.policies.slow.mode": "on",
    });
    const { host } = await withRoom(server);

    const { policies } = (await server.get(PATH, host)).json as unknown as { policies: typeof NO_POLICIES };
    assert.deepEqual(policies.ceiling, { mode: "dry_run", per_second: 7 });
    assert.deepEqual(policies.slow, { mode: "on", seconds: 5, exempt: ["host"] });
    assert.deepEqual(policies.merge, NO_POLICIES.merge);
  });
});
