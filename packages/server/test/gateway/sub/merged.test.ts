import assert from "node:assert/strict";
import https from "node:https";
import { before, describe, it } from "node:test";
import { LiveTCP, LiveWS } from "bilibili-live-ws";
import { KeepLiveWS as TinyKeepLive } from "tiny-bilibili-ws";
import { testServer } from "../../support/test-server.ts";
import type { TestServer } from "../../support/test-server.ts";

const ROOM = 1_024;

interface Client {
  on(event: string, listener: (value: never) => void): unknown;
  close(): unknown;
}

interface Interaction {
  readonly cmd: string;
  readonly data: { readonly type: number; readonly data: string };
}

interface Combo {
  readonly content: string;
  readonly cnt: number;
  readonly guide: string;
}

const CLIENTS: Readonly<Record<string, (server: TestServer) => Client>> = {
  "bilibili-live-ws, WebSocket, version 3": ({ address }) =>
    new LiveWS(ROOM, { address: `ws://127.0.0.1:${address.port}/sub`, protover: 3 }) as unknown as Client,
  "bilibili-live-ws, TCP": ({ subAddress }) =>
    new LiveTCP(ROOM, { host: "127.0.0.1", port: subAddress?.port ?? 0, protover: 2 }) as unknown as Client,
  "tiny-bilibili-ws": ({ address }) =>
    new TinyKeepLive(ROOM, { host: "127.0.0.1", port: address.port, path: "/sub", ssl: false }),
};

/** tiny-bilibili-ws wraps each command. */
const commandOf = (value: Interaction | { data: Interaction }): Interaction =>
  "cmd" in value ? value : value.data;

describe("merged danmaku in the goim form", () => {
  before(() => {
    // tiny-bilibili-ws asks its own service for an address first, whatever it was told: no test leaves this machine.
    const refuse = (): never => {
      throw new Error("not from a test");
    };
    Object.assign(https, { get: refuse, request: refuse });
  });

  for (const [name, make] of Object.entries(CLIENTS)) {
    it(`[RP-24] ${name}: its typed event has text and count`, async (t) => {
      const server = await testServer(t, { "server.sub-port": "0" });
      const host = await server.token("1", "host");
      const path = `${server.url}/api/v1/rooms/${ROOM}/policies`;
      const client = make(server);
      const closed = new Promise((resolve) => client.on("close", () => resolve(undefined)));
      await new Promise((resolve) => client.on("live", () => resolve(undefined)));
      const put = await fetch(path, {
        method: "PUT",
        headers: { "content-type": "application/json", authorization: `Bearer ${host}` },
        body: JSON.stringify({ merge: { mode: "on", window_s: 60 } }),
      });
      assert.equal(put.status, 200);
      const { promise: told, resolve } = Promise.withResolvers<Combo>();
      const texts: unknown[] = [];
      client.on("DM_INTERACTION", (value: Interaction | { data: Interaction }) => {
        const { data } = commandOf(value);
        assert.equal(data.type, 102);
        const { combo } = JSON.parse(data.data) as { combo: readonly Combo[] };
        for (const each of combo) if (each.cnt === 3) resolve(each);
      });
      client.on("DANMU_MSG", (value: { data?: { info: unknown[] }; info?: unknown[] }) => {
        texts.push((value.info ?? value.data?.info)?.[1]);
      });

      for (const [uid, content] of [
        ["7", "哈哈哈"],
        ["8", "哈哈"],
        ["9", "哈 哈 哈"],
      ] as const) {
        await server.post("/api/v1/danmu", { room_id: String(ROOM), content }, await server.token(uid));
      }

      const { content, cnt, guide } = await told;
      assert.deepEqual({ content, cnt, guide }, { content: "哈哈哈", cnt: 3, guide: "他们都在说:" });
      assert.deepEqual(texts, ["哈哈哈"]);
      client.close();
      await closed;
    });
  }
});
