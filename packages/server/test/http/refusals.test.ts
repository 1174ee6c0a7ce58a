import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { MemoryArchive } from "@barrage/testkit";
import { memoryStore, testServer } from "../support/test-server.ts";
import type { Answer } from "../support/test-server.ts";

const isShape = ({ json }: Answer): boolean =>
  Object.keys(json["error"] ?? {})
    .sort()
    .join() === "code,message,retryable" && typeof json["error"].retryable === "boolean";

/** One exchange of raw bytes, for what `fetch` would not send. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    socket.on("end", () => resolve(text)).on("error", reject);
  });
}

describe("refusals", () => {
  it("[IN-14] tell an unknown address from a wrong method", async (t) => {
    const server = await testServer(t);

    const unknown = await server.get("/api/v1/nothing");
    const wrong = await server.get("/api/v1/danmu");
    const put = await server.call("PUT", "/api/v1/rooms/r1", { body: "{}" });
    const nobody = await server.call("DELETE", "/nowhere");

    assert.deepEqual([unknown.status, unknown.json["error"].code], [404, "BARRAGE_NOT_FOUND"]);
    assert.deepEqual([wrong.status, wrong.json["error"].code], [405, "BARRAGE_METHOD_NOT_ALLOWED"]);
    assert.deepEqual([wrong.headers.get("allow"), put.headers.get("allow")], ["POST", "GET, HEAD"]);
    assert.equal(nobody.status, 404);
    for (const answer of [unknown, wrong, put, nobody]) assert.equal(isShape(answer), true);
  });

  it("[IN-14] name a body that is no JSON, of another type, or cut short", async (t) => {
    const server = await testServer(t);
    const token = await server.token("ann");
    const send = (body: string, type: string) =>
      server.call("POST", "/api/v1/danmu", { token, body, headers: { "content-type": type } });

    const broken = await send("{oops", "application/json");
    const poisoned = await send('{"__proto__":{"content":"x"},"room_id":"r1"}', "application/json");
    const empty = await send("", "application/json");
    const text = await send("{}", "text/plain");

    assert.deepEqual([broken.status, broken.json["error"].code], [400, "BARRAGE_BAD_JSON"]);
    assert.deepEqual([poisoned.status, poisoned.json["error"].code], [400, "BARRAGE_BAD_FIELD"]);
    assert.deepEqual([empty.status, empty.json["error"].code], [400, "BARRAGE_BAD_FIELD"]);
    assert.deepEqual([text.status, text.json["error"].code], [415, "BARRAGE_UNSUPPORTED_MEDIA_TYPE"]);
    assert.equal(broken.text.includes("oops"), false);
  });

  it("[IN-14] come at one byte over the body limit and not before", async (t) => {
    const server = await testServer(t, { "server.body-limit-bytes": "1024" });
    const token = await server.token("ann");
    const sized = (bytes: number) =>
      server.call("POST", "/api/v1/danmu", { token, body: `{"room_id":"r1","content":"x"}`.padEnd(bytes) });

    assert.equal((await sized(1_023)).status, 202);
    assert.equal((await sized(1_024)).status, 202);
    const over = await sized(1_025);
    assert.deepEqual([over.status, over.json["error"].code], [413, "BARRAGE_BODY_TOO_LARGE"]);
    assert.match(over.json["error"].message, /1024 bytes/);
  });

  it("[IN-14] come for headers over the limit, in the same shape", async (t) => {
    const server = await testServer(t, { "server.header-limit-bytes": "2048" });
    const request = (bytes: number) =>
      raw(
        server.address.port,
        `GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ${"a".repeat(bytes)}\r\n\r\n`,
      );

    assert.match(await request(1_500), /^HTTP\/1\.1 200 /);
    const over = await request(3_000);
    assert.match(over, /^HTTP\/1\.1 431 /);
    assert.equal(JSON.parse(over.split("\r\n\r\n")[1] ?? "").error.code, "BARRAGE_HEADERS_TOO_LARGE");
  });

  it("[IN-13] have one shape for what is no HTTP, and for an address that cannot be read", async (t) => {
    const server = await testServer(t);

    const noise = await raw(server.address.port, "hello\r\n\r\n");
    const bad = await raw(server.address.port, "GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const long = await server.get(`/api/v1/rooms/${"r".repeat(300)}`);

    assert.match(noise, /^HTTP\/1\.1 400 /);
    assert.equal(JSON.parse(noise.split("\r\n\r\n")[1] ?? "").error.code, "BARRAGE_BAD_REQUEST");
    assert.match(bad, /^HTTP\/1\.1 400 /);
    assert.equal(bad.includes('"code":"BARRAGE_BAD_REQUEST"'), true);
    assert.equal(isShape(long), true);
  });

  it("[IN-13] tell a peer nothing of a bug, and the log everything", async (t) => {
    class BrokenArchive extends MemoryArchive {
      override query(): never {
        throw new TypeError("secret detail");
      }
    }
    const archive = new BrokenArchive();
    const server = await testServer(t, {}, { openStore: async () => memoryStore({ archive }) });
    await server.post("/api/v1/danmu", { room_id: "r1", content: "x" }, await server.token("ann"));

    const answer = await server.get("/api/v1/rooms/r1/danmu");

    assert.deepEqual([answer.status, answer.json["error"].code], [500, "BARRAGE_INTERNAL"]);
    assert.equal(answer.text.includes("secret detail"), false);
    const line = server.lines.find((each) => each.includes("secret detail")) ?? "{}";
    assert.match(JSON.parse(line).err.stack, /TypeError: secret detail\n +at /);
  });

  it("[IN-13] never repeat what the client wrote", async (t) => {
    const server = await testServer(t);
    const token = await server.token("ann", "host");
    const mark = "zzMARKzz";
    const answers = [
      await server.post("/api/v1/rooms", { id: mark, [mark]: 1 }, token),
      await server.post("/api/v1/rooms", { id: `${mark} ` }, token),
      await server.post("/api/v1/danmu", { room_id: "r1", content: "x", [mark]: mark }, token),
      await server.post("/api/v1/danmu", { room_id: "r1", content: "x", mode: mark }, token),
      await server.get(`/api/v1/rooms/r1/danmu?${mark}=1`),
      await server.get(`/${mark}`),
      await server.post("/auth/login", { uid: "a", role: mark }),
    ];

    for (const answer of answers) {
      assert.equal(answer.status >= 400 && answer.status < 500, true);
      assert.equal(answer.text.includes(mark), false, answer.text);
    }
  });
});
