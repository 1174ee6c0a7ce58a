import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "@barrage/server";
import { redact } from "../../src/telemetry/redact.ts";
import { testServer } from "../support/test-server.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";

describe("logs", () => {
  it("[OP-7] hold no token of any request", async (t) => {
    const server = await testServer(t);
    const key = server.devKey ?? "";
    const token = await server.token("ann", "moderator");

    await server.get(`/api/v1/rooms?token=${token}`, token);
    await server.get(`/nothing/${token}?key=${key}`, token);
    await server.post("/api/v1/danmu", { room_id: "r1", content: "x" }, token);
    await server.post("/api/v1/danmu", { room_id: "r1", content: "x" }, `${token}x`);
    await server.call("POST", "/auth/login", { body: `{"uid":"a","role":"host","key":"${key}"` });
    await fetch(`${server.url}/ws?room_id=r1&token=${token}`);
    await server.close();

    const text = server.lines.join("");
    assert.equal(text.includes("/nothing/"), true);
    assert.equal(text.includes(token), false);
    assert.equal(text.includes(token.split(".")[2] ?? token), false);
    assert.equal(text.includes(key), false);
  });

  it("[OP-7] are cleaned as a whole, also of what an error says", () => {
    const lines: string[] = [];
    const log = createLogger({ level: "trace", stream: { write: (line) => void lines.push(line) } });

    log.error({ err: new Error(`cannot verify ${JWT}`), url: "/ws?room_id=r1&token=opaque1" }, "x");
    log.info({ headers: { authorization: "Bearer opaque2" }, body: '{"key":"opaque3"}' }, "Bearer opaque4");

    const text = lines.join("");
    for (const secret of [JWT, "opaque1", "opaque2", "opaque3", "opaque4"])
      assert.equal(text.includes(secret), false, secret);
    for (const line of lines) assert.equal(typeof JSON.parse(line), "object");
    assert.equal(text.includes("room_id=r1"), true);
  });

  it("[OP-7] leave other text alone", () => {
    const line = '{"path":"/api/v1/rooms","msg":"the token cache is full","tokens":5,"keyboard":"qwerty"}';

    assert.equal(redact(line), line);
  });
});
