import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { decodeBinaryClientFrame, decodeClientFrame, encodeServerFrame } from "@barrage/protocol";
import type { ServerFrame } from "@barrage/protocol";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { PublishOutcome } from "../../src/index.ts";
import { protocolNamed } from "../../src/index.ts";

/** How such a server reads and writes, by the protocol's name. */
const FORMS = {
  barrage: {
    read: (data: Buffer) => decodeClientFrame(data.toString(), 100),
    write: (frame: ServerFrame) => JSON.stringify(frame),
  },
  "barrage.v1": {
    read: (data: Buffer) => decodeBinaryClientFrame(data, 100),
    write: (frame: ServerFrame) => encodeServerFrame(frame),
  },
} as const;

interface Said {
  readonly content: string;
  readonly client_msg_id: string;
}

interface Peer {
  say(frame: ServerFrame): void;
  cut(): void;
}

/** A server that does this with each danmaku, and knows where each connection wanted to go. */
async function server(protocol: keyof typeof FORMS, hear: (said: Said, peer: Peer) => void) {
  const { read, write } = FORMS[protocol];
  const paths: string[] = [];
  const pings: unknown[] = [];
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  sockets.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    paths.push(request.url ?? "");
    const say = (frame: ServerFrame): void => socket.send(write(frame));
    say({ type: "viewers", room_id: "a", count: 1 });
    socket.on("message", (data: Buffer) => {
      const frame = read(data);
      if (frame.type !== "danmu") return void pings.push(frame);
      const { content, client_msg_id = "" } = frame.publish as Partial<Said> & { readonly content: string };
      hear({ content, client_msg_id }, { say, cut: () => socket.terminate() });
    });
  });
  await new Promise((resolve) => void sockets.once("listening", resolve));
  const { port } = sockets.address() as AddressInfo;
  const publisher = protocolNamed(protocol).publisher({ host: "127.0.0.1", port }, 1, "websocket");
  return {
    paths,
    pings,
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

for (const protocol of ["barrage", "barrage.v1"] as const)
  describe(`publishing over WebSockets, ${protocol}`, () => {
    it("[LD-46, LD-84] gives each user a connection to the room, and each publish the answer that names it", async () => {
      const waiting: (() => void)[] = [];
      await using it = await server(protocol, ({ content, client_msg_id }, { say }) => {
        const answer: ServerFrame = content.startsWith("bad")
          ? { type: "error", code: "BARRAGE_BANNED", message: "no", retryable: false, client_msg_id }
          : { type: "ack", client_msg_id, id: "x", seq: Number(content) };
        waiting.push(() => say(answer));
        // Answered out of order, and with frames for viewers between.
        if (waiting.length < 3) return;
        say({ type: "batch", room_id: "a", prev: 0, seq: 1, count: 0, items: [] });
        for (const each of waiting.splice(0).toReversed()) each();
      });
      await it.publisher.prepare?.([{ room: "a b", token: "u1" }]);
      it.publisher.heartbeat?.();

      const outcomes = await Promise.all([
        it.publish("u1", "7"),
        it.publish("u2", "bad"),
        it.publish("u1", "9"),
      ]);

      assert.deepEqual(outcomes, [
        { kind: "acked", seq: 7 },
        { kind: "refused", code: "BARRAGE_BANNED" },
        { kind: "acked", seq: 9 },
      ]);
      assert.deepEqual(it.paths, ["/ws?room_id=a+b&token=u1", "/ws?room_id=a+b&token=u2"]);
      assert.deepEqual([it.publisher.waiting, it.pings], [0, [{ type: "ping" }]]);
    });

    it("[LD-46, LD-84] says what is lost with a connection, which is made again; no id stands twice", async () => {
      const ids: string[] = [];
      await using it = await server(protocol, ({ content, client_msg_id }, { say, cut }) => {
        ids.push(client_msg_id);
        if (content === "cut") cut();
        else say({ type: "ack", client_msg_id, id: "x", held: true });
      });

      assert.deepEqual(await it.publish("u1", "cut"), { kind: "refused", code: "CONNECTION_LOST" });
      assert.deepEqual(await it.publish("u1", "on"), { kind: "acked", seq: undefined });
      assert.deepEqual([it.paths.length, new Set(ids).size], [2, 2]);
    });
  });
