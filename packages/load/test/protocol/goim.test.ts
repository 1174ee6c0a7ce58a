import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { brotliCompressSync, deflateSync } from "node:zlib";
import { decodeGoimAuth, encodeGoimPacket, GOIM_OPERATION, GoimPacketCutter } from "@barrage/protocol";
import type { GoimPacket } from "@barrage/protocol";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { protocolNamed } from "../../src/index.ts";
import type { StreamSink } from "../../src/index.ts";

const { auth, authReply, heartbeat, message } = GOIM_OPERATION;

const json = (operation: number, value: unknown): Uint8Array =>
  encodeGoimPacket(operation, 0, Buffer.from(JSON.stringify(value)));

const danmu = (seq: number, content: string): Uint8Array =>
  json(message, { cmd: "DANMU_MSG", info: [[], content, []], barrage: { id: `d${seq}`, seq, n: seq } });

/** A viewer of a server that leaves every answer to the test, and what the viewer tells. */
async function viewer(t: TestContext, protocol: string) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  t.after(() => {
    for (const client of server.clients) client.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  const heard: GoimPacket[] = [];
  let wake: (() => void) | undefined;
  const arriving = once(server, "connection") as Promise<[WebSocket, { readonly url?: string }]>;
  server.on("connection", (socket) =>
    socket.on("message", (data: Buffer) => {
      heard.push(...new GoimPacketCutter(1_000).push(Uint8Array.from(data)));
      wake?.();
    }),
  );
  const told: unknown[] = [];
  const note = (...what: unknown[]): void => {
    told.push(what);
    wake?.();
  };
  const sink: StreamSink = {
    joined: (head) => note("joined", head),
    record: (record) => note(record),
    wantsRecords: () => assert.fail("a batch"),
    batch: () => assert.fail("a batch"),
    gap: () => assert.fail("a gap"),
    fault: (name) => note("fault", name),
    closed: (code) => note("closed", code),
  };
  const target = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  const seat = { room: "a", since: undefined, now: () => 1 };
  const connection = protocolNamed(protocol).view(target, seat, sink);
  t.after(() => connection.close());
  const [socket, request] = await arriving;
  return {
    connection,
    socket,
    path: request.url,
    heard,
    told,
    async until(isDone: () => boolean): Promise<void> {
      while (!isDone()) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

describe("a viewer over the goim framing", () => {
  it("[LD-87] says which room in its first packet, is in with the reply, and sends heartbeats", async (t) => {
    const it = await viewer(t, "goim");
    await it.until(() => it.heard.length === 1);
    it.socket.send(json(authReply, { code: 0 }));
    await it.until(() => it.told.length === 1);

    it.connection.heartbeat();
    await it.until(() => it.heard.length === 2);

    assert.equal(it.path, "/sub");
    assert.deepEqual(
      it.heard.map(({ operation }) => operation),
      [auth, heartbeat],
    );
    assert.deepEqual(decodeGoimAuth(it.heard[0]?.body ?? new Uint8Array()), { room: "a", protover: 1 });
    assert.deepEqual(it.told, [["joined", undefined]]);
  });

  it("[LD-87] tells each danmaku's place and text, and nothing of other commands", async (t) => {
    const it = await viewer(t, "goim");
    const online = json(message, { cmd: "ONLINE_RANK_COUNT", data: { count: 3 } });

    it.socket.send(Buffer.concat([danmu(7, "前方"), online, danmu(9, "高能")]));
    it.socket.send(json(message, { cmd: "DANMU_MSG", info: [[], "of a server without places"] }));
    await it.until(() => it.told.length === 3);

    assert.deepEqual(it.told, [
      [{ seq: 7, content: "前方" }],
      [{ seq: 9, content: "高能" }],
      [{ seq: undefined, content: "of a server without places" }],
    ]);
  });

  it("[LD-88] goim-zlib and goim-brotli ask for compressed batches and read them", async (t) => {
    for (const [name, protover, pack] of [
      ["goim-zlib", 2, deflateSync],
      ["goim-brotli", 3, brotliCompressSync],
    ] as const) {
      const it = await viewer(t, name);
      await it.until(() => it.heard.length === 1);
      const packets = Buffer.concat([danmu(1, "x"), danmu(2, "y")]);

      it.socket.send(encodeGoimPacket(message, protover, pack(packets)));
      await it.until(() => it.told.length === 2);

      assert.equal(decodeGoimAuth(it.heard[0]?.body ?? new Uint8Array()).protover, protover);
      assert.deepEqual(it.told, [[{ seq: 1, content: "x" }], [{ seq: 2, content: "y" }]]);
    }
  });

  it("[LD-87] names a refusal's code, and ends where packets break their form", async (t) => {
    const refused = await viewer(t, "goim");
    refused.socket.send(json(authReply, { code: -404 }));
    refused.socket.close(4_501);
    await refused.until(() => refused.told.length === 2);
    assert.deepEqual(refused.told, [
      ["fault", "goim auth -404"],
      ["closed", 4_501],
    ]);

    for (const bytes of [
      danmu(1, "x").subarray(0, 30),
      encodeGoimPacket(message, 0, Buffer.from("[")),
      encodeGoimPacket(message, 2, Buffer.from("no zlib")),
      Buffer.alloc(16),
    ]) {
      const it = await viewer(t, "goim");
      it.socket.send(bytes);
      await it.until(() => it.told.length === 2);
      assert.deepEqual([(it.told[0] as string[])[0], it.told[1]], ["fault", ["closed", 1_002]]);
    }
  });
});
