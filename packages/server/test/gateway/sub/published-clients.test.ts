import assert from "node:assert/strict";
import https from "node:https";
import { before, describe, it } from "node:test";
import type { TestContext } from "node:test";
import { LiveTCP, LiveWS, KeepLiveWS as KeepLive } from "bilibili-live-ws";
import { startListen } from "blive-message-listener";
import { KeepLiveWS as TinyKeepLive } from "tiny-bilibili-ws";
import { testServer } from "../../support/test-server.ts";
import type { TestServer } from "../../support/test-server.ts";

/** What every published client is, as far as a test of it goes. */
interface Client {
  on(event: string, listener: (value: never) => void): unknown;
  close(): unknown;
}

type Command = Readonly<Record<string, unknown>>;

const ROOM = 1_024;
const port = (server: TestServer): number => server.address.port;
const tcpPort = (server: TestServer): number => server.subAddress?.port ?? 0;

/** Each client, told nothing but the address. Their `msg` events differ by an envelope. */
const CLIENTS: Readonly<Record<string, (server: TestServer) => Client>> = {
  ...Object.fromEntries(
    ([1, 2, 3] as const).map((protover) => [
      `bilibili-live-ws, WebSocket, version ${protover}`,
      (server: TestServer) => new LiveWS(ROOM, { address: `ws://127.0.0.1:${port(server)}/sub`, protover }),
    ]),
  ),
  "bilibili-live-ws, KeepLive": (server) =>
    new KeepLive(ROOM, { address: `ws://127.0.0.1:${port(server)}/sub`, protover: 3 }) as unknown as Client,
  "bilibili-live-ws, TCP": (server) =>
    new LiveTCP(ROOM, { host: "127.0.0.1", port: tcpPort(server), protover: 2 }) as unknown as Client,
  "tiny-bilibili-ws": (server) =>
    new TinyKeepLive(ROOM, {
      host: "127.0.0.1",
      port: port(server),
      path: "/sub",
      ssl: false,
    }),
};

/** The values of an event up to the first that `isLast`. */
function collect<T>(client: Client, event: string, isLast: (value: T) => boolean): Promise<T[]> {
  const { promise, resolve } = Promise.withResolvers<T[]>();
  const values: T[] = [];
  client.on(event, (value: T) => {
    values.push(value);
    if (isLast(value)) resolve(values);
  });
  return promise;
}

const once = (client: Client, event: string): Promise<unknown> => collect(client, event, () => true);

/** tiny-bilibili-ws wraps each command, bilibili-live-ws hands it over as it is. */
const commandOf = (value: Command): Command =>
  (value["data"] as Command | undefined)?.["cmd"] === undefined ? value : (value["data"] as Command);

/** Closed while its server still answers: these clients wait long for one that does not. */
class Running implements AsyncDisposable {
  readonly client: Client;
  private readonly ended: Promise<unknown>;

  constructor(client: Client) {
    this.client = client;
    this.ended = once(client, "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.ended;
  }
}

const subServer = (t: TestContext): Promise<TestServer> => testServer(t, { "server.sub-port": "0" });

/** One record of each kind, sent as their senders do. */
async function speak(server: TestServer): Promise<void> {
  const viewer = await server.token("7");
  const host = await server.token("1", "host");
  const service = await server.token("shop", "service");
  const room_id = String(ROOM);
  const money = { amount_micros: 30_000_000, currency: "CNY", author: { uid: "7", name: "小明" } };
  const posts = [
    ["/api/v1/danmu", { room_id, content: "[好]前方高能", color: "#ff00aa", mode: "top" }, viewer],
    ["/api/v1/superchat", { room_id, content: "加油", pin_ms: 60_000, ...money }, service],
    ["/api/v1/gift", { room_id, gift_id: "31", gift_name: "辣条", count: 3, ...money }, service],
    ["/api/v1/rooms/1024/mute", { uid: "9", seconds: 60 }, host],
    ["/api/v1/rooms/1024/clear-user", { uid: "9" }, host],
  ] as const;
  for (const [path, body, token] of posts) {
    const { status, text } = await server.post(path, body, token);
    assert.ok(status < 300, `${path}: ${text}`);
  }
}

const SPOKEN = ["DANMU_MSG", "SUPER_CHAT_MESSAGE", "SEND_GIFT", "ROOM_BLOCK_MSG", "RECALL_DANMU_MSG"];

describe("clients published for Bilibili's rooms", () => {
  before(() => {
    // tiny-bilibili-ws asks its own service for an address first, whatever it was told: no test leaves this machine.
    const refuse = (): never => {
      throw new Error("not from a test");
    };
    Object.assign(https, { get: refuse, request: refuse });
  });

  for (const [name, make] of Object.entries(CLIENTS)) {
    it(`[SE-50] ${name}: connects unchanged and gets each command once, in order`, async (t) => {
      const server = await subServer(t);
      await using running = new Running(make(server));
      const { client } = running;
      await once(client, "live");
      const isLast = (value: Command): boolean => commandOf(value)["cmd"] === "RECALL_DANMU_MSG";
      const commands = collect<Command>(client, "msg", isLast);
      await speak(server);

      // The room's own records come as well, in a command that these clients pass on unread.
      const seen = (await commands).map(commandOf).filter(({ cmd }) => SPOKEN.includes(String(cmd)));
      assert.deepEqual(
        seen.map(({ cmd }) => cmd),
        SPOKEN,
      );
      const places = seen.map(({ barrage }) => (barrage as { n: number }).n);
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
      );
      const [, content, user] = (seen[0]?.["info"] ?? []) as [unknown?, string?, unknown[]?];
      assert.deepEqual([content, user?.[0]], ["[好]前方高能", 7]);
    });

    it(`[SE-51] ${name}: gets the number of viewers as popularity`, async (t) => {
      const server = await subServer(t);
      await using running = new Running(make(server));
      const { client } = running;

      assert.equal((await collect<number>(client, "heartbeat", () => true))[0], 1);
    });
  }

  it("[SE-50] blive-message-listener: gives typed events with the right fields", async (t) => {
    const server = await subServer(t);
    const events: Command[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const { promise: live, resolve: isLive } = Promise.withResolvers<void>();
    const take = ({ body }: { readonly body: object }): void => {
      events.push({ ...body });
      if (events.length === 3) resolve();
    };
    const { promise: ended, resolve: hasEnded } = Promise.withResolvers<void>();
    const handlers = {
      onClose: () => hasEnded(),
      onStartListen: () => isLive(),
      onIncomeDanmu: take,
      onIncomeSuperChat: take,
      onGift: take,
    };
    const url = { host: "127.0.0.1", port: tcpPort(server) };
    const listener = startListen(ROOM, handlers, { ws: { url } as never });
    await live;
    await speak(server);
    await all;

    const [danmaku, superchat, gift] = events;
    const { user, content, type, content_color, lottery } = danmaku ?? {};
    assert.deepEqual(
      { content, type, content_color, lottery },
      { content: "[好]前方高能", type: 5, content_color: "#ff00aa", lottery: false },
    );
    const { uid, identity } = user as { uid: number; identity: unknown };
    assert.deepEqual({ uid, identity }, { uid: 7, identity: { rank: 0, guard_level: 0, room_admin: false } });
    assert.deepEqual([superchat?.["content"], superchat?.["price"], superchat?.["time"]], ["加油", 30, 60]);
    assert.deepEqual(
      [gift?.["gift_id"], gift?.["gift_name"], gift?.["amount"], gift?.["price"], gift?.["coin_type"]],
      [31, "辣条", 3, 10_000, "gold"],
    );
    listener.close();
    await ended;
  });
});
