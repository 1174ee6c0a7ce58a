import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { encodeGoimPacket, GOIM_OPERATION, GoimPacketCutter } from "@barrage/protocol";
import type { GoimPacket } from "@barrage/protocol";
import { WebSocket } from "ws";
import { testServer } from "../../support/test-server.ts";
import type { TestServer } from "../../support/test-server.ts";

const { auth, authReply, heartbeat, heartbeatReply, message } = GOIM_OPERATION;

const authPacket = (fields: object): Uint8Array =>
  encodeGoimPacket(auth, 1, Buffer.from(JSON.stringify({ roomid: 1_024, protover: 1, ...fields })));

/** A client by hand: what it got, cut into packets, and how it ended. */
class SubClient {
  readonly packets: GoimPacket[] = [];
  readonly closed: Promise<unknown>;
  private readonly cutter = new GoimPacketCutter(1_000_000);
  private wake: (() => void) | undefined;
  private readonly write: (bytes: Uint8Array) => void;
  /** A WebSocket's; TCP has none. */
  ping: () => void = () => undefined;

  constructor(write: (bytes: Uint8Array) => void, closed: Promise<unknown>) {
    this.write = write;
    this.closed = closed;
  }

  static ws(t: TestContext, server: TestServer, options = {}): Promise<SubClient> {
    const ws = new WebSocket(`${server.url.replace("http", "ws")}/sub`, options);
    t.after(() => ws.terminate());
    const closed = new Promise((resolve) => ws.once("close", (code) => resolve(code)));
    const client = new SubClient((bytes) => ws.send(bytes), closed);
    client.ping = () => ws.ping();
    ws.on("message", (data: Buffer) => client.take(data));
    return once(ws, "open").then(() => client);
  }

  static async tcp(t: TestContext, server: TestServer): Promise<SubClient & { readonly socket: Socket }> {
    const socket = connect(server.subAddress?.port ?? 0, "127.0.0.1");
    t.after(() => socket.destroy());
    const closed = new Promise((resolve) => socket.once("close", () => resolve("closed")));
    const client = new SubClient((bytes) => socket.write(bytes), closed);
    socket.on("data", (data) => client.take(data));
    await once(socket, "connect");
    return Object.assign(client, { socket });
  }

  send(bytes: Uint8Array): void {
    this.write(bytes);
  }

  /** The first packet of this operation, now or later. */
  async next(operation: number): Promise<GoimPacket> {
    for (;;) {
      const found = this.packets.find((packet) => packet.operation === operation);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Texts of the danmaku so far. */
  contents(): unknown[] {
    return this.packets
      .filter(({ operation }) => operation === message)
      .map(json)
      .filter(({ cmd }) => cmd === "DANMU_MSG")
      .map(({ info }) => (info as unknown[])[1]);
  }

  /** Until a danmaku with this text is there. */
  async danmaku(content: string): Promise<void> {
    while (!this.contents().includes(content)) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  private take(bytes: Uint8Array): void {
    this.packets.push(...this.cutter.push(Uint8Array.from(bytes)));
    this.wake?.();
  }
}

const json = ({ body }: GoimPacket): Record<string, unknown> =>
  JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>;

const started = (t: TestContext, flags = {}): Promise<TestServer> =>
  testServer(t, { "server.sub-port": "0", ...flags });

describe("the goim edge", () => {
  it("[SE-52] answers a bad auth with a code, then closes", async (t) => {
    const server = await started(t, { "engine.rooms.auto-create": "false" });
    const cases = [
      [{ key: "garbage" }, -101, 4_500],
      [{ roomid: 9 }, -404, 4_501],
      [{ roomid: -1 }, -400, 4_504],
      [{ protover: 9 }, -400, 4_504],
    ] as const;
    for (const [fields, code, close] of cases) {
      const client = await SubClient.ws(t, server);
      client.send(authPacket(fields));
      const reply = json(await client.next(authReply));
      assert.deepEqual([reply["code"], await client.closed], [code, close], JSON.stringify(fields));
    }
  });

  it("[SE-52] ends whoever begins with something else, text, or half a packet", async (t) => {
    const server = await started(t);
    const heartbeatFirst = await SubClient.ws(t, server);
    heartbeatFirst.send(encodeGoimPacket(heartbeat, 1, new Uint8Array()));
    assert.equal(await heartbeatFirst.closed, 4_504);
    const half = await SubClient.ws(t, server);
    half.send(authPacket({}).subarray(0, 20));
    assert.equal(await half.closed, 4_504);
    const tcp = await SubClient.tcp(t, server);
    tcp.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    assert.equal(await tcp.closed, "closed");
    const origin = { origin: "https://elsewhere.example" };
    const foreign = await SubClient.ws(t, server, origin);
    assert.equal(await foreign.closed, 4_506);
  });

  it("[SE-50] takes an auth and a heartbeat in pieces of one byte over TCP", async (t) => {
    const server = await started(t);
    const client = await SubClient.tcp(t, server);
    client.socket.setNoDelay(true);
    const bytes = Buffer.concat([
      authPacket({}),
      encodeGoimPacket(heartbeat, 1, Buffer.from("[object Object]")),
    ]);
    for (const byte of bytes) client.send(Uint8Array.of(byte));

    assert.deepEqual(json(await client.next(authReply)), { code: 0 });
    client.send(encodeGoimPacket(heartbeat, 1, new Uint8Array()));
    const { body, version } = await client.next(heartbeatReply);
    assert.deepEqual([Buffer.from(body).readUInt32BE(), body.length, version], [1, 4, 1]);
  });

  it("[DL-46] ends who floods it with packets that mean nothing, or with pings", async (t) => {
    const server = await started(t);
    const unknown = Buffer.concat(
      Array.from({ length: 100 }, () => encodeGoimPacket(999, 1, new Uint8Array())),
    );
    const floods = [
      (client: SubClient) => client.send(unknown),
      (client: SubClient) => {
        for (let i = 0; i < 100; i += 1) client.ping();
      },
    ];
    for (const flood of floods) {
      const client = await SubClient.ws(t, server);
      client.send(authPacket({}));
      await client.next(authReply);

      // Forty seconds' worth.
      for (let i = 0; i < 200; i += 1) flood(client);

      assert.equal(await client.closed, 4_504);
    }
  });

  it("[SE-53] begins with the present, and its ledger balances", async (t) => {
    const server = await started(t);
    const token = await server.token("7");
    const say = (content: string) => server.post("/api/v1/danmu", { room_id: "1024", content }, token);
    const early = await SubClient.ws(t, server);
    early.send(authPacket({}));
    await early.next(authReply);
    await say("past");
    // Acknowledged is not yet published: once one viewer has it, nobody who comes now may.
    await early.danmaku("past");
    const late = await SubClient.ws(t, server);
    late.send(authPacket({}));
    await late.next(authReply);
    await say("now");
    await late.danmaku("now");

    assert.deepEqual(late.contents(), ["now"]);
    assert.deepEqual(early.contents(), ["past", "now"]);
  });

  it("[SE-54] a token lets in who it names, and a full address nobody", async (t) => {
    const server = await started(t, { "server.connections-per-address": "1" });
    const client = await SubClient.ws(t, server);
    client.send(authPacket({ key: await server.token("7") }));
    assert.deepEqual(json(await client.next(authReply)), { code: 0 });

    const second = await SubClient.tcp(t, server);
    assert.equal(json(await second.next(authReply))["code"], -412);
    assert.equal(await second.closed, "closed");
    const third = await SubClient.ws(t, server);
    assert.equal(json(await third.next(authReply))["code"], -412);
    assert.equal(await third.closed, 4_004);
  });

  it("[SE-55] is told to go with the server", async (t) => {
    const server = await started(t);
    const [ws, tcp] = [await SubClient.ws(t, server), await SubClient.tcp(t, server)];
    for (const client of [ws, tcp]) {
      client.send(authPacket({}));
      await client.next(authReply);
    }
    await server.close();

    assert.deepEqual([await ws.closed, await tcp.closed], [4_000, "closed"]);
  });
});
