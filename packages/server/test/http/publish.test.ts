import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { protocolError } from "@barrage/protocol";
import { MemoryLog } from "@barrage/testkit";
import { memoryStore, temporaryDir, testServer } from "../support/test-server.ts";
import type { Json } from "../support/test-server.ts";

const danmu = (more: object = {}) => ({ room_id: "r1", content: "你好", ...more });
const PATH = "/api/v1/danmu";

describe("POST /api/v1/danmu", () => {
  it("[IN-9] answers 202 with id, room and seq once the log has it", async (t) => {
    const server = await testServer(t);
    const token = await server.token("ann");

    const answer = await server.post(
      PATH,
      danmu({ mode: "top", color: "#ff0000", size: 36, pts_ms: 1.5 }),
      token,
    );

    assert.equal(answer.status, 202);
    assert.deepEqual(Object.keys(answer.json).sort(), ["id", "room_id", "seq"]);
    const { items } = (await server.get("/api/v1/rooms/r1/danmu")).json as {
      items: Record<string, unknown>[];
    };
    const { at: _, n: __, ...item } = items.find(({ id }) => id === answer.json["id"]) ?? {};
    assert.deepEqual(item, {
      kind: "danmaku",
      id: answer.json["id"],
      seq: answer.json["seq"],
      author: { uid: "ann", name: "ann", role: "viewer" },
      content: "你好",
      mode: "top",
      color: 0xff0000,
      size: 36,
      pts_ms: 1.5,
    });
  });

  it("[IN-9] answers 202 held for a danmaku that a moderator has to see", async (t) => {
    const words = join(temporaryDir(t), "words.txt");
    writeFileSync(words, "hmm\thold\nbad\treject\nfoo\tmask\n");
    const server = await testServer(t, { "moderation.words-file": words });
    const token = await server.token("ann");

    const held = await server.post(PATH, danmu({ content: "hmm" }), token);
    const rejected = await server.post(PATH, danmu({ content: "bad" }), token);

    assert.deepEqual([held.status, held.json["held"], held.json["seq"]], [202, true, undefined]);
    assert.deepEqual([rejected.status, rejected.json["error"].code], [422, "BARRAGE_REJECTED"]);
  });

  it("[IN-9] answers 503, to be tried again, when the log cannot take it", async (t) => {
    class FullLog extends MemoryLog {
      override append(): never {
        throw protocolError("BARRAGE_LOG_UNAVAILABLE");
      }
    }
    const server = await testServer(t, {}, { openStore: async () => memoryStore({ log: new FullLog() }) });

    const answer = await server.post(PATH, danmu(), await server.token("ann"));

    assert.equal(answer.status, 503);
    assert.deepEqual(answer.json["error"], {
      code: "BARRAGE_LOG_UNAVAILABLE",
      message: "The danmaku could not be stored; it may be sent again.",
      retryable: true,
    });
  });

  it("[IN-10] gives a retry the first answer and refuses its id for another body", async (t) => {
    const server = await testServer(t);
    const token = await server.token("ann");
    const first = await server.post(PATH, danmu({ client_msg_id: "m1" }), token);

    const retry = await server.post(PATH, danmu({ client_msg_id: "m1" }), token);
    const other = await server.post(PATH, danmu({ client_msg_id: "m1", content: "other" }), token);
    const somebody = await server.post(PATH, danmu({ client_msg_id: "m1" }), await server.token("bob"));

    assert.deepEqual([retry.status, retry.json], [202, first.json]);
    assert.deepEqual([other.status, other.json["error"].code], [409, "BARRAGE_IDEMPOTENCY_CONFLICT"]);
    assert.equal(somebody.status, 202);
    assert.equal(somebody.json["seq"] > first.json["seq"], true);
  });

  it("[IN-10] gives retries that come at once one answer", async (t) => {
    const server = await testServer(t);
    const token = await server.token("ann");

    const answers = await Promise.all(
      Array.from({ length: 5 }, () => server.post(PATH, danmu({ client_msg_id: "m1" }), token)),
    );

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
    assert.equal(new Set(answers.map(({ json }) => json["seq"])).size, 1);
  });

  it("[IN-11] has a code for each thing that is wrong", async (t) => {
    const server = await testServer(t, { "engine.content-max": "3" });
    const token = await server.token("ann");
    const cases: readonly (readonly [unknown, string])[] = [
      [null, "BARRAGE_BAD_FIELD"],
      [[], "BARRAGE_BAD_FIELD"],
      [{ content: "x" }, "BARRAGE_BAD_FIELD"],
      [danmu({ room_id: "a b" }), "BARRAGE_BAD_FIELD"],
      [danmu({ room_id: "r".repeat(65) }), "BARRAGE_BAD_FIELD"],
      [danmu({ content: 1 }), "BARRAGE_BAD_FIELD"],
      [danmu({ content: "" }), "BARRAGE_CONTENT_EMPTY"],
      [danmu({ content: " " }), "BARRAGE_CONTENT_EMPTY"],
      [danmu({ content: "👨‍👩‍👧".repeat(4) }), "BARRAGE_CONTENT_TOO_LONG"],
      [danmu({ content: "a\u0000" }), "BARRAGE_CONTENT_BAD_CHARACTER"],
      [danmu({ content: "\ud800" }), "BARRAGE_CONTENT_BAD_CHARACTER"],
      [danmu({ mode: "sideways" }), "BARRAGE_BAD_FIELD"],
      [danmu({ color: 0x1000000 }), "BARRAGE_BAD_FIELD"],
      [danmu({ color: "red" }), "BARRAGE_BAD_FIELD"],
      [danmu({ size: 11 }), "BARRAGE_BAD_FIELD"],
      [danmu({ size: 65 }), "BARRAGE_BAD_FIELD"],
      [danmu({ pts_ms: -1 }), "BARRAGE_BAD_FIELD"],
      [danmu({ client_msg_id: "" }), "BARRAGE_BAD_FIELD"],
      [danmu({ client_msg_id: "i".repeat(65) }), "BARRAGE_BAD_FIELD"],
      [danmu({ extra: 1 }), "BARRAGE_BAD_FIELD"],
    ];

    for (const [body, code] of cases) {
      const answer = await server.post(PATH, body, token);
      assert.deepEqual([answer.status, answer.json["error"]?.code], [400, code], JSON.stringify(body));
    }
  });

  it("[IN-11] takes each field at its limit", async (t) => {
    const server = await testServer(t, {
      "engine.content-max": "3",
      "engine.limits.user.burst": "100",
    });
    const token = await server.token("ann");
    const good = [
      danmu({ room_id: "r".repeat(64) }),
      danmu({ content: "👨‍👩‍👧".repeat(2) }),
      danmu({ content: "👨‍👩‍👧".repeat(3) }),
      danmu({ color: 0xffffff }),
      danmu({ color: 0 }),
      danmu({ size: 12 }),
      danmu({ size: 64 }),
      danmu({ client_msg_id: "i".repeat(64) }),
    ];

    for (const body of good)
      assert.equal((await server.post(PATH, body, token)).status, 202, JSON.stringify(body));
  });

  it("[IN-15] refuses above the user's rate and says when to come back", async (t) => {
    const server = await testServer(t, {
      "engine.limits.user.burst": "2",
      "engine.limits.user.per-second": "0.1",
    });
    const token = await server.token("ann");

    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await server.post(PATH, danmu(), token)).status);
    const refused = await server.post(PATH, danmu(), token);

    assert.deepEqual(statuses, [202, 202, 429]);
    assert.equal(refused.json["error"].code, "BARRAGE_RATE_LIMITED");
    assert.match(refused.headers.get("retry-after") ?? "", /^([1-9]|10)$/);
  });
});

describe("paid records and small signs", () => {
  const money = { amount_micros: 30_000_000, currency: "CNY" };
  const superchat = { room_id: "r1", content: "hello", pin_ms: 60_000, ...money };
  const gift = { room_id: "r1", gift_id: "g1", gift_name: "rocket", count: 1, ...money };

  it("[IN-12] takes money from services only", async (t) => {
    const server = await testServer(t);

    for (const [path, body] of [
      ["superchat", superchat],
      ["gift", gift],
    ] as const) {
      for (const role of ["viewer", "moderator", "host"]) {
        const answer = await server.post(`/api/v1/${path}`, body, await server.token("ann", role));
        assert.deepEqual([answer.status, answer.json["error"].code], [403, "BARRAGE_FORBIDDEN"]);
      }
      assert.equal(
        (await server.post(`/api/v1/${path}`, body, await server.token("pay", "service"))).status,
        202,
      );
    }
  });

  it("[IN-12] lets a service, and nobody else, speak for a viewer", async (t) => {
    const server = await testServer(t);
    const author = { uid: "ann", name: " Ann " };
    const service = await server.token("pay", "service");

    const paid = await server.post("/api/v1/superchat", { ...superchat, author }, service);
    const said = await server.post(PATH, danmu({ author }), service);
    const faked = await server.post(PATH, danmu({ author }), await server.token("eve"));
    const bad = await server.post(PATH, danmu({ author: { uid: "a b", name: "x" } }), service);

    assert.deepEqual([paid.status, said.status], [202, 202]);
    assert.deepEqual([faked.status, faked.json["error"].code], [403, "BARRAGE_FORBIDDEN"]);
    assert.deepEqual([bad.status, bad.json["error"].code], [400, "BARRAGE_BAD_FIELD"]);
    const { items } = (await server.get("/api/v1/rooms/r1/danmu")).json as { items: Json[] };
    const authors = items.filter(({ kind }) => kind !== "room-event").map((item) => item.author);
    assert.deepEqual(authors, [
      { uid: "ann", name: "Ann", role: "viewer" },
      { uid: "ann", name: "Ann", role: "viewer" },
    ]);
  });

  it("[IN-11] checks every field of the other records too", async (t) => {
    const server = await testServer(t);
    const service = await server.token("pay", "service");
    const cases: readonly (readonly [string, object])[] = [
      ["superchat", { ...superchat, amount_micros: -1 }],
      ["superchat", { ...superchat, amount_micros: 1.5 }],
      ["superchat", { ...superchat, currency: "yuan" }],
      ["superchat", { ...superchat, pin_ms: 86_400_001 }],
      ["superchat", { ...superchat, content: undefined }],
      ["gift", { ...gift, count: 0 }],
      ["gift", { ...gift, gift_name: "\u0000" }],
      ["gift", { ...gift, extra: 1 }],
      ["like", { room_id: "r1", count: 0 }],
      ["like", { room_id: "r1", count: "1" }],
      ["enter", {}],
      ["enter", { room_id: "a b" }],
    ];

    for (const [path, body] of cases) {
      const answer = await server.post(`/api/v1/${path}`, body, service);
      assert.deepEqual(
        [answer.status, answer.json["error"]?.code],
        [400, "BARRAGE_BAD_FIELD"],
        JSON.stringify(body),
      );
    }
    const empty = await server.post("/api/v1/superchat", { ...superchat, content: " " }, service);
    assert.equal(empty.json["error"].code, "BARRAGE_CONTENT_EMPTY");
  });

  it("[IN-9] takes likes and entrances of viewers", async (t) => {
    const server = await testServer(t);
    const token = await server.token("ann");

    assert.equal((await server.post("/api/v1/like", { room_id: "r1", count: 3 }, token)).status, 202);
    assert.equal((await server.post("/api/v1/enter", { room_id: "r1" }, token)).status, 202);
  });
});
