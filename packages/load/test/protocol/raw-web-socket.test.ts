import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { RawWebSocket } from "../../src/protocol/raw-web-socket.ts";

const HOST = "127.0.0.1";

/** What a socket tells, and a promise of the next thing. */
function recorder(messages: "text" | "binary" = "text") {
  const told: string[] = [];
  let next = Promise.withResolvers<void>();
  const note = (what: string): void => {
    told.push(what);
    next.resolve();
    next = Promise.withResolvers();
  };
  return {
    told,
    async until(count: number): Promise<readonly string[]> {
      while (told.length < count) await next.promise;
      return told;
    },
    events: {
      messages,
      wants: () => true,
      message: (payload: Buffer | undefined) => note(`frame ${payload?.toString()}`),
      closed: (code: number) => note(`closed ${code}`),
      broken: (error: Error) => note(`broken ${"code" in error ? String(error.code) : error.message}`),
    },
  };
}

/** A strict server by another hand: it refuses what breaks RFC 6455. */
async function strict(t: TestContext) {
  const server = new WebSocketServer({ host: HOST, port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    for (const client of server.clients) client.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  const joined = new Promise<WebSocket>((resolve) => void server.once("connection", resolve));
  return { joined, target: { host: HOST, port: (server.address() as AddressInfo).port } };
}

/** A server that answers the handshake with these bytes. */
async function answering(t: TestContext, bytes: Buffer | string) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("data", () => socket.write(bytes));
  });
  await new Promise<void>((resolve) => void server.listen(0, HOST, resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { host: HOST, port: (server.address() as AddressInfo).port };
}

const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

describe("the generator's WebSocket", () => {
  it("[LD-18] is one to a strict server: texts of every length both ways, pings answered", async (t) => {
    const { joined, target } = await strict(t);
    const { events, until } = recorder();
    const socket = new RawWebSocket(target, "/", events);
    const [server] = await Promise.all([joined, socket.opened]);
    const heard: string[] = [];
    server.on("message", (data: Buffer) => heard.push(data.toString()));
    const texts = [0, 1, 125, 126, 65_535, 65_536, 200_000].map((length) => "弹".repeat(length / 3) + "x");

    for (const text of texts) assert.equal(socket.send(text), true);
    const pong = new Promise<Buffer>((resolve) => void server.once("pong", resolve));
    server.ping("are you there");
    for (const text of texts) server.send(text);

    assert.deepEqual(
      await until(texts.length),
      texts.map((text) => `frame ${text}`),
    );
    assert.equal((await pong).toString(), "are you there");
    assert.deepEqual(heard, texts);
    socket.close();
  });

  it("[LD-84] sends and reads binary messages where those are spoken, and no text", async (t) => {
    const { joined, target } = await strict(t);
    const { events, until } = recorder("binary");
    const socket = new RawWebSocket(target, "/", events, "barrage.v1");
    const [server] = await Promise.all([joined, socket.opened]);
    const heard = new Promise((resolve) =>
      server.once("message", (data: Buffer, isBinary) => resolve([data, isBinary])),
    );

    socket.send(Uint8Array.of(1, 0, 255));
    server.send(Buffer.from("bytes"));
    server.send("text");

    assert.deepEqual([await heard, server.protocol], [[Buffer.of(1, 0, 255), true], "barrage.v1"]);
    assert.deepEqual(await until(3), ["frame bytes", "broken LOAD_BAD_STREAM", "closed 1002"]);
  });

  it("[LD-84] does not open where the server does not take the subprotocol", async (t) => {
    for (const chosen of ["", "Sec-WebSocket-Protocol: barrage.v2\r\n"]) {
      const target = await answering(t, SWITCH.replace("\r\n\r\n", `\r\n${chosen}\r\n`));
      const { events, until } = recorder("binary");

      const { opened } = new RawWebSocket(target, "/", events, "barrage.v1");

      await assert.rejects(opened, { code: "LOAD_UNREACHABLE", message: /does not speak barrage\.v1/ });
      assert.deepEqual(await until(1), ["closed 1006"]);
    }
  });

  it("[LD-18] answers a close, and tells its code", async (t) => {
    const { joined, target } = await strict(t);
    const { events, until } = recorder();
    const socket = new RawWebSocket(target, "/", events);
    const [server] = await Promise.all([joined, socket.opened]);
    const ended = new Promise<number>((resolve) => void server.once("close", resolve));

    server.close(4_001, "too slow");

    assert.deepEqual(await until(1), ["closed 4001"]);
    assert.equal(await ended, 4_001);
    assert.deepEqual([socket.send("x"), socket.isClosed], [false, true]);
  });

  it("[LD-18] reads frames that come with the handshake's answer, and ends where the stream breaks its format", async (t) => {
    const text = Buffer.from([0x81, 2, 0x6f, 0x6b]);
    const target = await answering(t, Buffer.concat([Buffer.from(SWITCH), text, Buffer.from([0x82, 1, 0])]));
    const { events, until } = recorder();
    const socket = new RawWebSocket(target, "/", events);

    assert.deepEqual(await until(3), ["frame ok", "broken LOAD_BAD_STREAM", "closed 1002"]);
    assert.equal(socket.isClosed, true);
  });

  it("[LD-19] does not open where a server answers otherwise, goes, or is not there", async (t) => {
    const refusing = await answering(t, "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
    const gone = createServer((socket) => void socket.destroy());
    await new Promise<void>((resolve) => void gone.listen(0, HOST, resolve));
    const cut = { host: HOST, port: (gone.address() as AddressInfo).port };
    for (const target of [refusing, cut]) {
      const { events, until } = recorder();

      await assert.rejects(new RawWebSocket(target, "/", events).opened, { code: "LOAD_UNREACHABLE" });
      assert.deepEqual(await until(1), ["closed 1006"]);
    }
    await new Promise((resolve) => void gone.close(resolve));

    await assert.rejects(new RawWebSocket(cut, "/", recorder().events).opened, { code: "LOAD_UNREACHABLE" });
  });

  it("[LD-18] tells nothing after it was closed on this side", async (t) => {
    const { joined, target } = await strict(t);
    const { events, told } = recorder();
    const socket = new RawWebSocket(target, "/", events);
    const [server] = await Promise.all([joined, socket.opened]);
    const ended = new Promise((resolve) => void server.once("close", resolve));
    server.send("late");

    socket.close();
    await ended;

    assert.deepEqual(told, []);
  });
});
