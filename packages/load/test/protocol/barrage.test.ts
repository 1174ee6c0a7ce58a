import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { encodeServerFrame } from "@barrage/protocol";
import type { Item, ServerFrame } from "@barrage/protocol";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { protocolNamed } from "../../src/index.ts";
import type { StreamSink } from "../../src/index.ts";

const FORMS = {
  barrage: (frame: ServerFrame) => JSON.stringify(frame),
  "barrage.v1": (frame: ServerFrame) => encodeServerFrame(frame),
} as const;

const author = { uid: "u", name: "u", role: "viewer" } as const;
const danmu = (seq: number): Item => ({
  kind: "danmaku",
  seq,
  n: seq,
  id: `d${seq}`,
  at: 1,
  author,
  content: `x${seq}`,
  mode: "scroll",
  color: 0,
  size: 25,
});

const snapshot = (head: number, items: readonly Item[]): ServerFrame => ({
  type: "snapshot",
  room: { id: "a", title: "", owner: "u", live: true, closed: false, slow_mode_s: 0, head, n: head },
  you: null,
  viewers: 1,
  items,
  head,
  resumed: true,
  limits: { content_max: 100, heartbeat_ms: 20_000 },
  ts: 1,
});

const batch = (prev: number, seq: number, shed?: number): ServerFrame => ({
  type: "batch",
  room_id: "a",
  prev,
  seq,
  count: 1,
  ...(shed === undefined ? {} : { shed: { count: shed, reason: "slow" } }),
  items: [danmu(seq)],
});

/** A viewer who came back at 5, of a server that leaves every frame to the test; wants the records that `wants` says. */
async function viewer(t: TestContext, protocol: keyof typeof FORMS, wants: (seq: number) => boolean) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  t.after(() => {
    for (const client of server.clients) client.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  const arriving = once(server, "connection") as Promise<[WebSocket, IncomingMessage]>;
  const told: unknown[][] = [];
  let wake: (() => void) | undefined;
  const note = (...what: unknown[]): void => {
    told.push(what);
    wake?.();
  };
  const sink: StreamSink = {
    joined: (head, missed) => note("joined", head, missed),
    record: () => assert.fail("a record on its own"),
    wantsRecords: ({ seq }) => wants(seq),
    batch: (header, records) => note(header, records),
    gap: (gap) => note("gap", gap),
    fault: (name) => note("fault", name),
    closed: (code) => note("closed", code),
  };
  const target = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  const connection = protocolNamed(protocol).view(target, { room: "a", since: 5, now: () => 1 }, sink);
  t.after(() => connection.close());
  const [socket, request] = await arriving;
  return {
    socket,
    path: request.url,
    say: (frame: ServerFrame): void => socket.send(FORMS[protocol](frame)),
    async told(count: number): Promise<readonly unknown[][]> {
      while (told.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return told;
    },
  };
}

for (const protocol of ["barrage", "barrage.v1"] as const)
  describe(`a viewer over ${protocol}`, () => {
    it("[LD-18, LD-85] tells each frame, batches with their records where those are wanted", async (t) => {
      const it = await viewer(t, protocol, (seq) => seq % 2 === 1);

      it.say(snapshot(7, [danmu(7)]));
      for (const frame of [batch(7, 8), batch(8, 9), batch(9, 12, 2), batch(12, 13, 300)]) it.say(frame);
      it.say({ type: "viewers", room_id: "a", count: 2 });
      it.say({ type: "gap", room_id: "a", from: 13, to: 20, count: null, reason: "expired" });
      it.say({ type: "error", code: "BARRAGE_IDLE", message: "idle", retryable: true });

      const record = (seq: number) => ({ seq, content: `x${seq}` });
      assert.equal(it.path, "/ws?room_id=a&since=5");
      assert.deepEqual(await it.told(7), [
        ["joined", 7, [record(7)]],
        [{ prev: 7, seq: 8, count: 1, shed: 0 }, undefined],
        [{ prev: 8, seq: 9, count: 1, shed: 0 }, [record(9)]],
        [{ prev: 9, seq: 12, count: 1, shed: 2 }, undefined],
        [{ prev: 12, seq: 13, count: 1, shed: 300 }, [record(13)]],
        ["gap", { from: 13, to: 20, count: undefined }],
        ["fault", "BARRAGE_IDLE"],
      ]);
    });

    it("[LD-18, LD-84] ends at what is no frame", async (t) => {
      const it = await viewer(t, protocol, () => true);

      it.socket.send(protocol === "barrage" ? '{"kind":1}' : Uint8Array.of(1, 255));

      const [fault, closed] = await it.told(2);
      assert.deepEqual([fault?.[0], closed], ["fault", ["closed", 1_002]]);
    });
  });

describe("a viewer over barrage.v1, of a newer server", () => {
  it("[LD-85] passes over frames of unknown kinds", async (t) => {
    const it = await viewer(t, "barrage.v1", () => false);

    it.socket.send(Uint8Array.of(99, 1, 2, 3));
    it.say(batch(5, 6));

    assert.deepEqual(await it.told(1), [[{ prev: 5, seq: 6, count: 1, shed: 0 }, undefined]]);
  });
});
