import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { PublishOutcome } from "../../src/index.ts";
import { protocolNamed } from "../../src/index.ts";

interface Said {
  readonly type: string;
  readonly content: string;
  readonly client_msg_id: string;
}

/** A server that does this with each frame, and knows where each connection wanted to go. */
async function server(hear: (said: Said, socket: WebSocket) => void) {
  const paths: string[] = [];
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  sockets.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    paths.push(request.url ?? "");
    socket.send('{"type":"snapshot","items":[],"head":0}');
    socket.on("message", (data: Buffer) => hear(JSON.parse(data.toString()) as Said, socket));
  });
  await new Promise((resolve) => void sockets.once("listening", resolve));
  const { port } = sockets.address() as AddressInfo;
  const target = { host: "127.0.0.1", port };
  const publisher = protocolNamed("barrage").publisher(target, 1, "websocket");
  return {
    paths,
    publisher,
    publish: (user: string, content: string) =>
      new Promise<PublishOutcome>((resolve) =>
        publisher.publish({ room: "a b", token: user, content }, resolve),
      ),
    async [Symbol.asyncDispose]() {
      publisher.close();
      for (const client of sockets.clients) client.terminate();
      await new Promise((resolve) => sockets.close(resolve));
    },
  };
}

describe("publishing over WebSockets", () => {
  it("[LD-46] gives each user a connection to the room, and each publish the answer that names it", async () => {
    const waiting: (() => void)[] = [];
    await using it = await server(({ content, client_msg_id }, socket) => {
      const answer = content.startsWith("bad")
        ? { type: "error", code: "BARRAGE_CONTENT_EMPTY", client_msg_id }
        : { type: "ack", client_msg_id, id: "x", seq: Number(content) };
      waiting.push(() => socket.send(JSON.stringify(answer)));
      // Answered out of order, and with frames for viewers between.
      if (waiting.length < 3) return;
      socket.send('{"type":"batch","room_id":"a","prev":0,"seq":1,"count":1,"items":[]}');
      for (const each of waiting.splice(0).toReversed()) each();
    });
    await it.publisher.prepare?.([{ room: "a b", token: "u1" }]);

    const outcomes = await Promise.all([
      it.publish("u1", "7"),
      it.publish("u2", "bad"),
      it.publish("u1", "9"),
    ]);

    assert.deepEqual(outcomes, [
      { kind: "acked", seq: 7 },
      { kind: "refused", code: "BARRAGE_CONTENT_EMPTY" },
      { kind: "acked", seq: 9 },
    ]);
    assert.deepEqual(it.paths, ["/ws?room_id=a+b&token=u1", "/ws?room_id=a+b&token=u2"]);
    assert.equal(it.publisher.waiting, 0);
  });

  it("[LD-46] says what is lost with a connection, which is made again; no id stands twice", async () => {
    const ids: string[] = [];
    await using it = await server(({ content, client_msg_id }, socket) => {
      ids.push(client_msg_id);
      if (content === "cut") socket.terminate();
      else socket.send(JSON.stringify({ type: "ack", client_msg_id, id: "x", held: true }));
    });

    assert.deepEqual(await it.publish("u1", "cut"), { kind: "refused", code: "CONNECTION_LOST" });
    assert.deepEqual(await it.publish("u1", "on"), { kind: "acked", seq: undefined });
    assert.deepEqual([it.paths.length, new Set(ids).size], [2, 2]);
  });
});
