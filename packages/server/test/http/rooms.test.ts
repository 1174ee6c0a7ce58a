import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryDir, testServer } from "../support/test-server.ts";
import type { Json, TestServer } from "../support/test-server.ts";

const say = (server: TestServer, token: string, content = "x") =>
  server.post("/api/v1/danmu", { room_id: "r1", content }, token);
const command = (server: TestServer, name: string, body: object, token?: string) =>
  server.post(`/api/v1/rooms/r1/${name}`, body, token);

/** A server with the room r1 of host "hana", and a token of each role. */
async function withRoom(server: TestServer) {
  const host = await server.token("hana", "host");
  assert.equal((await server.post("/api/v1/rooms", { id: "r1", title: " First " }, host)).status, 201);
  return {
    host,
    viewer: await server.token("ann"),
    moderator: await server.token("mo", "moderator"),
    service: await server.token("sys", "service"),
  };
}

async function events(server: TestServer): Promise<string[]> {
  const { json } = await server.get("/api/v1/rooms/r1/danmu?limit=1000");
  return (json as { items: Json[] }).items.flatMap(({ kind, event }) =>
    kind === "room-event" ? [event.type] : [],
  );
}

const BODIES: Readonly<Record<string, object>> = {
  title: { title: "Second" },
  "slow-mode": { seconds: 5 },
  mute: { uid: "bob", seconds: 60 },
  unmute: { uid: "bob" },
  ban: { uid: "bob" },
  unban: { uid: "bob" },
  recall: { id: "nothing" },
  "clear-user": { uid: "bob" },
  end: {},
  close: {},
};
const HOST_ONLY = new Set(["title", "end", "close"]);

describe("rooms over HTTP", () => {
  it("[IN-20] are made by hosts and services, listed and found", async (t) => {
    const server = await testServer(t);
    const { host, viewer } = await withRoom(server);

    const again = await server.post("/api/v1/rooms", { id: "r1" }, host);
    const denied = await server.post("/api/v1/rooms", { id: "r2" }, viewer);
    const nobody = await server.post("/api/v1/rooms", { id: "r2" });
    const found = await server.get("/api/v1/rooms/r1");

    assert.deepEqual([again.status, again.json["error"].code], [409, "BARRAGE_ROOM_EXISTS"]);
    assert.deepEqual([denied.status, denied.json["error"].code], [403, "BARRAGE_FORBIDDEN"]);
    assert.deepEqual([nobody.status, nobody.json["error"].code], [401, "BARRAGE_TOKEN_MISSING"]);
    assert.deepEqual([found.json["title"], found.json["owner"], found.json["viewers"]], ["First", "hana", 0]);
    assert.deepEqual((await server.get("/api/v1/rooms")).json, { rooms: [found.json] });
  });

  it("[IN-20] are unknown with 404, also where the id is none", async (t) => {
    const server = await testServer(t);

    for (const path of ["/api/v1/rooms/none", "/api/v1/rooms/a%20b", "/api/v1/rooms/none/danmu"]) {
      const { status, json } = await server.get(path);
      assert.deepEqual([status, json["error"].code], [404, "BARRAGE_ROOM_UNKNOWN"], path);
    }
    const host = await server.token("hana", "host");
    const beat = await server.post("/api/room/none/heartbeat", {}, host);
    assert.deepEqual([beat.status, beat.json["error"].code], [404, "BARRAGE_ROOM_UNKNOWN"]);
  });

  it("[IN-20] take a host's heartbeat and become live", async (t) => {
    const server = await testServer(t);
    const { host, viewer } = await withRoom(server);

    const beat = await server.call("POST", "/api/room/r1/heartbeat", { token: host });
    const denied = await server.call("POST", "/api/room/r1/heartbeat", { token: viewer });

    assert.equal(beat.status, 200);
    assert.deepEqual(Object.keys(beat.json).sort(), ["status", "ts"]);
    assert.equal(beat.json["status"], "ok");
    assert.equal(denied.status, 403);
    assert.equal((await server.get("/api/v1/rooms/r1")).json["live"], true);
  });

  it("[IN-20] refuse each command without a token, of a viewer, and in a room that is none", async (t) => {
    const server = await testServer(t);
    const { viewer, service } = await withRoom(server);

    for (const [name, body] of Object.entries(BODIES)) {
      assert.equal((await command(server, name, body)).status, 401, name);
      assert.equal((await command(server, name, body, viewer)).status, 403, name);
      assert.equal((await server.post(`/api/v1/rooms/none/${name}`, body, service)).status, 404, name);
    }
  });

  it("[IN-20] let moderators do all but what is the host's", async (t) => {
    const server = await testServer(t);
    const { moderator } = await withRoom(server);

    for (const [name, body] of Object.entries(BODIES)) {
      const expected = HOST_ONLY.has(name) ? 403 : name === "recall" ? 404 : 200;
      assert.equal((await command(server, name, body, moderator)).status, expected, name);
    }
    assert.deepEqual(await events(server), ["created", "slow_mode", "mute", "unmute", "ban", "unban"]);
  });

  it("[IN-20] let the host do everything, and do what was asked", async (t) => {
    const server = await testServer(t);
    const { host, viewer } = await withRoom(server);
    await server.call("POST", "/api/room/r1/heartbeat", { token: host });
    const first = await say(server, viewer);

    assert.equal((await command(server, "title", { title: "Second" }, host)).status, 200);
    assert.equal((await command(server, "slow-mode", { seconds: 30 }, host)).status, 200);
    assert.equal((await say(server, viewer)).status, 202);
    const slow = await say(server, viewer);
    assert.deepEqual([slow.status, slow.json["error"].code], [429, "BARRAGE_SLOW_MODE"]);
    assert.equal(Number(slow.headers.get("retry-after")) > 0, true);
    await command(server, "slow-mode", { seconds: 0 }, host);
    await command(server, "mute", { uid: "ann", seconds: 60 }, host);
    assert.equal((await say(server, viewer)).json["error"].code, "BARRAGE_MUTED");
    await command(server, "unmute", { uid: "ann" }, host);
    await command(server, "ban", { uid: "ann", seconds: null }, host);
    assert.equal((await say(server, viewer)).json["error"].code, "BARRAGE_BANNED");
    await command(server, "unban", { uid: "ann" }, host);
    assert.equal((await command(server, "recall", { id: first.json["id"] }, host)).status, 200);
    assert.equal((await server.call("POST", "/api/v1/rooms/r1/end", { token: host })).status, 200);
    assert.equal((await server.get("/api/v1/rooms/r1")).json["live"], false);
    assert.equal((await command(server, "close", {}, host)).status, 200);
    assert.equal((await say(server, viewer)).json["error"].code, "BARRAGE_ROOM_CLOSED");
    assert.deepEqual((await server.get("/api/v1/rooms")).json, { rooms: [] });
  });

  it("[IN-20] check the body of each command", async (t) => {
    const server = await testServer(t);
    const { host } = await withRoom(server);
    const bad: readonly (readonly [string, object])[] = [
      ["title", {}],
      ["title", { title: "" }],
      ["title", { title: "t".repeat(81) }],
      ["slow-mode", { seconds: -1 }],
      ["slow-mode", { seconds: 86_401 }],
      ["slow-mode", { seconds: "5" }],
      ["mute", { seconds: 1 }],
      ["mute", { uid: "bob", seconds: 0 }],
      ["mute", { uid: "bob", seconds: 1.5 }],
      ["ban", { uid: "a b" }],
      ["ban", { uid: "bob", extra: 1 }],
      ["recall", { id: "" }],
    ];

    for (const [name, body] of bad) {
      const answer = await command(server, name, body, host);
      assert.deepEqual(
        [answer.status, answer.json["error"].code],
        [400, "BARRAGE_BAD_FIELD"],
        JSON.stringify(body),
      );
    }
    assert.equal((await command(server, "title", { title: "t".repeat(80) }, host)).status, 200);
    assert.equal((await command(server, "slow-mode", { seconds: 86_400 }, host)).status, 200);
  });
});

describe("moderation over HTTP", () => {
  it("[IN-21] lists held danmaku and approves or rejects them", async (t) => {
    const words = join(temporaryDir(t), "words.txt");
    writeFileSync(words, "hmm\thold\n");
    const server = await testServer(t, { "moderation.words-file": words });
    const { viewer, moderator } = await withRoom(server);
    const first = await say(server, viewer, "hmm 1");
    const second = await say(server, viewer, "hmm 2");
    const at = (id: unknown, verb: string) =>
      server.call("POST", `/api/v1/rooms/r1/held/${String(id)}/${verb}`, { token: moderator });

    const list = await server.get("/api/v1/rooms/r1/held", moderator);
    const approved = await at(first.json["id"], "approve");
    const rejected = await at(second.json["id"], "reject");

    assert.deepEqual(
      (list.json as { held: Json[] }).held.map(({ entry, matched }) => [entry.id, matched]),
      [
        [first.json["id"], ["hmm"]],
        [second.json["id"], ["hmm"]],
      ],
    );
    assert.deepEqual([approved.status, approved.json["id"]], [200, first.json["id"]]);
    assert.equal(typeof approved.json["seq"], "number");
    assert.deepEqual([rejected.status, rejected.json], [200, { status: "ok" }]);
    for (const verb of ["approve", "reject"])
      assert.equal((await at(first.json["id"], verb)).json["error"].code, "BARRAGE_HELD_UNKNOWN");
    assert.equal((await server.get("/api/v1/rooms/r1/held", viewer)).status, 403);
    assert.deepEqual((await server.get("/api/v1/rooms/r1/held", moderator)).json, { held: [] });
    const audit = (await server.get("/api/v1/rooms/r1/audit", moderator)).json as { events: Json[] };
    assert.deepEqual(
      audit.events.map(({ actor, action, target }) => [actor, action, target]),
      [
        ["mo", "reject", second.json["id"]],
        ["mo", "approve", first.json["id"]],
        ["hana", "create_room", undefined],
      ],
    );
  });

  it("[IN-21] gives at most what was asked for, within the limit", async (t) => {
    const server = await testServer(t);
    const { moderator } = await withRoom(server);
    await command(server, "mute", { uid: "bob" }, moderator);

    const one = await server.get("/api/v1/rooms/r1/audit?limit=1", moderator);
    assert.equal((one.json as { events: Json[] }).events.length, 1);
    for (const [limit, status] of [
      ["0", 400],
      ["1", 200],
      ["500", 200],
      ["501", 400],
      ["x", 400],
    ] as const)
      assert.equal(
        (await server.get(`/api/v1/rooms/r1/held?limit=${limit}`, moderator)).status,
        status,
        limit,
      );
  });

  it("[IN-22] erases what a user wrote, for services only", async (t) => {
    const server = await testServer(t);
    const { viewer, moderator, service } = await withRoom(server);
    await say(server, viewer, "forget me");
    const erase = (token: string) => server.call("DELETE", "/api/v1/users/ann/danmu", { token });

    assert.equal((await erase(moderator)).status, 403);
    const erased = await erase(service);

    assert.equal(erased.status, 200);
    assert.equal(erased.json["erased"] > 0, true);
    assert.equal((await server.get("/api/v1/rooms/r1/danmu")).text.includes("forget me"), false);
    assert.equal((await server.get("/api/v1/rooms/r1/danmu.json")).text.includes("forget me"), false);
  });
});
