import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BarrageError, NO_POLICIES } from "@barrage/protocol";
import { login } from "../../src/http/login.ts";
import { fetchHistory, fetchRoom, fetchRooms } from "../../src/http/read.ts";
import { roomCommands } from "../../src/http/room-commands.ts";

type Seen = { method: string; path: string; body: unknown; token: string | null };

/** A `fetch` that answers once and notes what it was asked. */
function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const seen: Seen[] = [];
  const fetch = (address: string, init: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(address);
    const given = new Headers(init.headers);
    const text = typeof init.body === "string" ? (JSON.parse(init.body) as unknown) : undefined;
    seen.push({
      method: init.method ?? "",
      path: pathname + search,
      body: text,
      token: given.get("authorization"),
    });
    return Promise.resolve(
      new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers }),
    );
  };
  return { seen, options: { fetch: fetch as typeof globalThis.fetch } };
}
const URL_ = "http://host:1/base/";
const fails = (promise: Promise<unknown>, code: string): Promise<void> =>
  assert.rejects(promise, (error) => BarrageError.is(error) && error.code === code);

describe("calls over HTTP", () => {
  it("[SE-36] logs in", async () => {
    const { seen, options } = answering(200, { token: "t", expires_at: 5 });

    assert.deepEqual(await login(URL_, { uid: "ann", name: "Ann" }, options), { token: "t", expires_at: 5 });
    assert.deepEqual(seen, [
      { method: "POST", path: "/base/auth/login", body: { uid: "ann", name: "Ann" }, token: null },
    ]);
  });

  it("[SE-36] lists rooms, reads one, and pages through history", async () => {
    const rooms = answering(200, { rooms: [{ id: "demo" }] });
    assert.deepEqual(await fetchRooms("ws://host:1", rooms.options), [{ id: "demo" }]);
    assert.equal(rooms.seen[0]?.path, "/api/v1/rooms");

    const room = answering(200, { id: "demo" });
    assert.deepEqual(await fetchRoom(URL_, "demo", room.options), { id: "demo" });

    const history = answering(200, { items: [], next: 7 });
    assert.deepEqual(await fetchHistory(URL_, "demo", { after: 5, limit: 2 }, history.options), {
      items: [],
      next: 7,
    });
    assert.equal(history.seen[0]?.path, "/base/api/v1/rooms/demo/danmu?after=5&limit=2");
  });

  it("[SE-36] rejects with the server's code and when to come back", async () => {
    const error = { code: "BARRAGE_RATE_LIMITED", message: "Too many.", retryable: true };
    const { options } = answering(429, { error }, { "retry-after": "3" });

    await assert.rejects(fetchRooms(URL_, options), (e) => {
      assert.ok(BarrageError.is(e));
      assert.deepEqual(
        [e.code, e.spec.retryable, e.fields["retry_after_ms"]],
        ["BARRAGE_RATE_LIMITED", true, 3_000],
      );
      return true;
    });
  });

  it("[SE-36] tells no answer from one that is none of ours", async () => {
    const fetch = (() => Promise.reject(new TypeError("refused"))) as typeof globalThis.fetch;
    await fails(fetchRooms(URL_, { fetch }), "BARRAGE_CLIENT_UNREACHABLE");
    await fails(fetchRooms(URL_, answering(502, "<html>").options), "BARRAGE_CLIENT_BAD_ANSWER");
    await fails(fetchRooms(URL_, answering(200, {}).options), "BARRAGE_CLIENT_BAD_ANSWER");
    await fails(fetchRoom(URL_, "x", answering(200, []).options), "BARRAGE_CLIENT_BAD_ANSWER");
    await fails(login(URL_, { uid: "a" }, answering(200, {}).options), "BARRAGE_CLIENT_BAD_ANSWER");
    await fails(
      login(URL_, { uid: "a" }, answering(403, { error: {} }).options),
      "BARRAGE_CLIENT_BAD_ANSWER",
    );
    await fails(login(URL_, { uid: "a" }, answering(403, {}).options), "BARRAGE_CLIENT_BAD_ANSWER");
  });

  it("[SE-36] sends a moderator's commands with the token", async () => {
    const { seen, options } = answering(200, { held: [], events: [] });
    const commands = roomCommands(URL_, "demo", { ...options, token: "t" });
    await commands.recall("d1");
    await commands.approve("h/1");
    await commands.mute("bob", 600);
    await commands.setSlowMode(5);
    assert.deepEqual(await commands.held(), []);
    assert.deepEqual(await commands.audit(), []);

    assert.ok(
      seen.every(({ token, path }) => token === "Bearer t" && path.startsWith("/base/api/v1/rooms/demo")),
    );
    assert.deepEqual(seen[2]?.body, { uid: "bob", seconds: 600 });
    assert.equal(seen[1]?.path, "/base/api/v1/rooms/demo/held/h%2F1/approve");
    assert.equal(seen[1]?.body, undefined);
  });

  it("[SE-36] reads and changes a room's policies", async () => {
    const report = { policies: NO_POLICIES, counts: {} };
    const { seen, options } = answering(200, report);
    const commands = roomCommands(URL_, "demo", { ...options, token: "t" });
    assert.deepEqual(await commands.policies(), report);
    assert.deepEqual(await commands.setPolicies({ merge: NO_POLICIES.merge }), NO_POLICIES);

    assert.deepEqual(
      seen.map(({ method, path, body }) => [method, path, body]),
      [
        ["GET", "/base/api/v1/rooms/demo/policies", undefined],
        ["PUT", "/base/api/v1/rooms/demo/policies", { merge: NO_POLICIES.merge }],
      ],
    );
    const none = roomCommands(URL_, "demo", answering(200, { policies: 1 }).options);
    await fails(none.policies(), "BARRAGE_CLIENT_BAD_ANSWER");
  });
});
