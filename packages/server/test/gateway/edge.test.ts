import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { decodeServerFrame, encodeClientFrame } from "@barrage/protocol";
import type { ServerFrame } from "@barrage/protocol";
import { WebSocket } from "ws";
import { testServer } from "../support/test-server.ts";
import type { TestServer } from "../support/test-server.ts";
import { roomSocket } from "./room-socket.ts";

const noAutoCreate = { "engine.rooms.auto-create": "false" };

async function refused(
  t: TestContext,
  server: TestServer,
  query: string,
  options?: object,
): Promise<[string, number]> {
  const socket = roomSocket(t, server, query, options);
  const code = await socket.closed;
  const [frame] = socket.frames;
  return [frame?.type === "error" ? frame.code : "no error frame", code];
}

/** Sends raw bytes to the server and resolves with all that it answers until it closes. */
async function raw(server: TestServer, bytes: string): Promise<string> {
  const socket = connect(server.address.port, server.address.address);
  let answer = "";
  socket.on("data", (chunk: Buffer) => {
    answer += chunk.toString();
  });
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

describe("the WebSocket edge", () => {
  it("[SE-40] joins without a token, with one in the query, and with one in the header", async (t) => {
    const server = await testServer(t);
    const token = await server.token("u1");

    const anonymous = await roomSocket(t, server, "room_id=r").next("snapshot");
    const query = await roomSocket(t, server, `room_id=r&token=${token}`).next("snapshot");
    const headers = { authorization: `Bearer ${token}` };
    const header = await roomSocket(t, server, "room_id=r", { headers }).next("snapshot");

    assert.equal(anonymous.you, null);
    assert.equal(query.you?.uid, "u1");
    assert.equal(header.you?.uid, "u1");
  });

  it("[SE-40] resumes by since", async (t) => {
    const server = await testServer(t);
    const token = await server.token("u1");
    const { json } = await server.post("/api/v1/danmu", { room_id: "r", content: "one" }, token);
    await server.post("/api/v1/danmu", { room_id: "r", content: "two" }, token);

    const snapshot = await roomSocket(t, server, `room_id=r&since=${String(json["seq"])}`).next("snapshot");

    assert.equal(snapshot.resumed, true);
    const texts = snapshot.items.map((item) => ("content" in item ? item.content : item.kind));
    assert.ok(texts.every((text) => text === "two"));
  });

  it("[SE-41] each refusal has its own code and close code", async (t) => {
    const server = await testServer(t, noAutoCreate);
    const host = await server.token("h", "host");
    await server.post("/api/v1/rooms", { id: "gone" }, host);
    await server.post("/api/v1/rooms/gone/close", {}, host);
    await server.post("/api/v1/rooms", { id: "r" }, host);
    await server.post("/api/v1/rooms/r/ban", { uid: "bad", seconds: 60 }, host);
    const bad = await server.token("bad");

    assert.deepEqual(await refused(t, server, "room_id=r&token=garbage"), ["BARRAGE_TOKEN_INVALID", 4500]);
    assert.deepEqual(await refused(t, server, "room_id=nowhere"), ["BARRAGE_ROOM_UNKNOWN", 4501]);
    assert.deepEqual(await refused(t, server, "room_id=not%20an%20id"), ["BARRAGE_ROOM_UNKNOWN", 4501]);
    assert.deepEqual(await refused(t, server, ""), ["BARRAGE_ROOM_UNKNOWN", 4501]);
    assert.deepEqual(await refused(t, server, "room_id=gone"), ["BARRAGE_ROOM_CLOSED", 4502]);
    assert.deepEqual(await refused(t, server, `room_id=r&token=${bad}`), ["BARRAGE_BANNED", 4503]);
    assert.deepEqual(await refused(t, server, "room_id=r&since=-1"), ["BARRAGE_BAD_SINCE", 4507]);
    const origin = "https://elsewhere.example";
    assert.deepEqual(await refused(t, server, "room_id=r", { origin }), ["BARRAGE_ORIGIN_REFUSED", 4506]);
  });

  it("[SE-41] the server's own origin and configured ones may connect", async (t) => {
    const origin = "https://elsewhere.example";
    const server = await testServer(t, { "server.allowed-origins": origin });

    await roomSocket(t, server, "room_id=r", { origin }).next("snapshot");
    await roomSocket(t, server, "room_id=r", { origin: server.url }).next("snapshot");
  });

  it("[SE-41] [SE-44] one address has so many places, and a closed connection gives its own back", async (t) => {
    const server = await testServer(t, { "server.connections-per-address": "2" });
    const first = roomSocket(t, server, "room_id=r");
    await first.next("snapshot");
    await roomSocket(t, server, "room_id=r").next("snapshot");

    assert.deepEqual(await refused(t, server, "room_id=r"), ["BARRAGE_TOO_MANY_CONNECTIONS", 4004]);
    first.ws.close();
    await first.closed;
    // The place is free once the server has seen the close too; a refused try takes none.
    for (;;) {
      const again = roomSocket(t, server, "room_id=r");
      const seen = await Promise.race([again.next("snapshot"), again.closed]);
      if (typeof seen !== "number") break;
      assert.equal(seen, 4004);
    }
  });

  for (const [what, frame, code] of [
    ["no JSON", "hello", 4504],
    ["no object", "[1]", 4504],
    ["null", "null", 4504],
    ["an unknown type", '{"type":"nonsense"}', 4504],
    ["binary", Buffer.from('{"type":"ping"}'), 4504],
    ["a frame one byte over the limit", `{"type":"ping","x":"${"x".repeat(16_384 - 21)}"}`, 4505],
    ["a frame far over the limit", "x".repeat(70_000), 1009],
  ] as const) {
    it(`[SE-42] ${what} closes with ${String(code)}`, async (t) => {
      const server = await testServer(t);
      const socket = roomSocket(t, server, "room_id=r");
      await socket.next("snapshot");

      socket.ws.send(frame);

      assert.equal(await socket.closed, code);
    });
  }

  it("[DL-46] a flood of WebSocket pings or pongs closes with 4504", async (t) => {
    const server = await testServer(t);
    for (const what of ["ping", "pong"] as const) {
      const socket = roomSocket(t, server, "room_id=r");
      await socket.next("snapshot");

      // Forty seconds' worth: no server is so late that it may be.
      for (let i = 0; i < 20_000; i += 1) socket.ws[what]();

      assert.equal(await socket.closed, 4504);
    }
  });

  it("[SE-42] a publish with a bad field is answered, and the connection goes on", async (t) => {
    const server = await testServer(t);
    const socket = roomSocket(t, server, `room_id=r&token=${await server.token("u1")}`);
    await socket.next("snapshot");

    socket.send({ type: "danmu", content: "", client_msg_id: "m1" });
    const error = await socket.next("error");
    socket.send({ type: "danmu", content: "fine", client_msg_id: "m2" });
    const ack = await socket.next("ack");

    assert.deepEqual([error.code, error.client_msg_id], ["BARRAGE_CONTENT_EMPTY", "m1"]);
    assert.equal(ack.client_msg_id, "m2");
    assert.equal((await socket.item(ack.id)).kind, "danmaku");
  });

  it("[SE-43] a frame sent before the room is joined is answered after the snapshot", async (t) => {
    const server = await testServer(t);
    const socket = await roomSocket(t, server, `room_id=r&token=${await server.token("u1")}`).open();

    socket.send({ type: "ping", t: 5 });
    const pong = await socket.next("pong");

    assert.equal(pong.t, 5);
    assert.equal(socket.frames[0]?.type, "snapshot");
  });

  it("[SE-45] other upgrades get 404, and garbage ends neither process nor port", async (t) => {
    const server = await testServer(t);
    const upgrade = (path: string, key = "dGhlIHNhbXBsZSBub25jZQ==") =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;

    assert.match(await raw(server, upgrade("/elsewhere")), /^HTTP\/1\.1 404/);
    assert.match(await raw(server, upgrade("/ws?room_id=r", "short")), /^HTTP\/1\.1 400/);
    // After a good handshake: a frame with reserved bits, which `ws` answers by a close.
    assert.match(await raw(server, `${upgrade("/ws?room_id=r")}\u007f\u0080`), /^HTTP\/1\.1 101/);

    // A peer that resets the connection while it is being refused.
    for (let i = 0; i < 20; i++) {
      const socket = connect(server.address.port, server.address.address);
      socket.on("error", () => socket.destroy());
      await once(socket, "connect");
      socket.write(upgrade("/elsewhere"));
      socket.resetAndDestroy();
    }

    assert.equal((await server.get("/healthz")).status, 200);
  });

  it("[SE-47] speaks bytes with who asked for them, and ends who mixes the two", async (t) => {
    const server = await testServer(t);
    const token = await server.token("u1");
    const address = `${server.url.replace("http", "ws")}/ws?room_id=r&token=${token}`;
    const open = (protocols: string[]): WebSocket => {
      const ws = new WebSocket(address, protocols);
      t.after(() => ws.terminate());
      return ws;
    };
    const ws = open(["other", "barrage.v1"]);
    const frames: ServerFrame[] = [];
    const acks = (): number => frames.filter(({ type }) => type === "ack").length;
    const contents = (): string[] =>
      frames
        .flatMap((frame) => (frame.type === "batch" ? frame.items : []))
        .flatMap((item) => (item.kind === "danmaku" ? [item.content] : []));
    const { promise: both, resolve } = Promise.withResolvers<void>();
    ws.on("message", (data: Buffer) => {
      const frame = decodeServerFrame(data);
      if (frame !== undefined) frames.push(frame);
      if (acks() > 0 && contents().length > 0) resolve();
    });
    await once(ws, "open");
    assert.equal(ws.protocol, "barrage.v1");
    ws.send(encodeClientFrame({ type: "danmu", content: "弹幕", client_msg_id: "c1" }));
    await both;
    const snapshot = frames[0];
    assert.equal(snapshot?.type === "snapshot" ? snapshot.you?.uid : undefined, "u1");
    assert.deepEqual([acks(), contents()], [1, ["弹幕"]]);
    ws.send("text");
    assert.equal((await once(ws, "close"))[0], 4_504);

    const json = open([]);
    await once(json, "open");
    json.send(encodeClientFrame({ type: "ping" }));
    assert.equal((await once(json, "close"))[0], 4_504);
  });
});
