import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { decodeServerFrame } from "@barrage/protocol";
import type { ServerFrame } from "@barrage/protocol";
import { assertLedger } from "@barrage/testkit";
import { WebSocket } from "ws";
import { testServer } from "../support/test-server.ts";
import type { TestServer } from "../support/test-server.ts";

/** A viewer that counts for itself what it was shown, what it was told was not, and what became part of a count. */
class Viewer {
  records = 0;
  withheld = 0;
  merged = 0;
  readonly texts: string[] = [];
  last = 0;
  private readonly counts = new Map<number, number>();
  private wake: (() => void) | undefined;
  private ws: WebSocket | undefined;

  async join(t: TestContext, server: TestServer, form: "json" | "barrage.v1"): Promise<void> {
    const since = this.last === 0 ? "" : `&since=${this.last}`;
    const url = `${server.url.replace("http", "ws")}/ws?room_id=r${since}`;
    const ws = form === "json" ? new WebSocket(url) : new WebSocket(url, form);
    this.ws = ws;
    t.after(() => ws.terminate());
    ws.on("message", (data: Buffer, isBinary: boolean) => {
      const frame = isBinary
        ? decodeServerFrame(Uint8Array.from(data))
        : (JSON.parse(data.toString()) as ServerFrame);
      if (frame !== undefined) this.take(frame);
      this.wake?.();
    });
    await once(ws, "message");
  }

  async leave(): Promise<void> {
    const closed = once(this.ws ?? new WebSocket(null), "close");
    this.ws?.close();
    await closed;
  }

  async until(text: string): Promise<void> {
    while (!this.texts.includes(text)) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  private take(frame: ServerFrame): void {
    if (frame.type === "gap") this.withheld += frame.count ?? 0;
    if (frame.type !== "batch" && frame.type !== "snapshot") return;
    if (frame.type === "batch") assert.equal(frame.prev, this.last);
    this.last = frame.type === "batch" ? frame.seq : frame.head;
    this.records += frame.items.length;
    if (frame.type === "batch") this.withheld += (frame.sampled ?? 0) + (frame.shed?.count ?? 0);
    for (const item of frame.items) {
      if (item.kind !== "danmaku") continue;
      this.texts.push(item.content);
      if (item.merged !== undefined) this.grow(item.seq, item.merged);
    }
    if (frame.type === "batch") for (const { seq, count } of frame.merged ?? []) this.grow(seq, count);
  }

  private grow(seq: number, count: number): void {
    this.merged += count - (this.counts.get(seq) ?? 1);
    this.counts.set(seq, count);
  }
}

describe("policies over real sockets", () => {
  it("[RP-8] [RP-10] [RP-11] [RP-15] every form shows the same, and the ledger agrees with what came", async (t) => {
    const server = await testServer(t);
    const service = await server.token("desk", "service");
    const host = await server.token("hana", "host");
    const put = await server.call("PUT", "/api/v1/rooms/r/policies", {
      token: service,
      body: JSON.stringify({}),
    });
    assert.equal(put.status, 404, "nobody has made the room yet");
    const viewers = [new Viewer(), new Viewer(), new Viewer()] as const;
    const [json, binary, traveller] = viewers;
    await json.join(t, server, "json");
    await binary.join(t, server, "barrage.v1");
    await traveller.join(t, server, "barrage.v1");
    const change = { ceiling: { mode: "on", per_second: 10 }, merge: { mode: "on", window_s: 60 } };
    const body = JSON.stringify(change);
    assert.equal(
      (await server.call("PUT", "/api/v1/rooms/r/policies", { token: service, body })).status,
      200,
    );

    const flood = async (name: string): Promise<void> => {
      const sending = Array.from({ length: 120 }, (_, i) => {
        const content = i % 3 === 0 ? "6".repeat(2 + (i % 7)) : `${name} ${i}`;
        const author = { uid: `u${i % 40}`, name: "U" };
        return server.post("/api/v1/danmu", { room_id: "r", content, author }, service);
      });
      for (const { status } of await Promise.all(sending)) assert.equal(status, 202);
    };
    const mark = async (content: string, all: readonly Viewer[]): Promise<void> => {
      await server.post("/api/v1/danmu", { room_id: "r", content }, host);
      for (const viewer of all) await viewer.until(content);
    };
    await flood("first");
    await mark("away", viewers);
    await traveller.leave();
    await flood("second");
    await mark("back", [json, binary]);
    await traveller.join(t, server, "json");
    await flood("third");
    await mark("end", viewers);

    assert.deepEqual(binary.texts, json.texts);
    assert.deepEqual(traveller.texts, json.texts);
    assert.ok(json.withheld > 0 && json.merged > 0);
    const sum = (of: (viewer: Viewer) => number): number => viewers.reduce((all, each) => all + of(each), 0);
    assertLedger(server.engine.gateway.ledger(), {
      records: sum(({ records }) => records),
      withheld: sum(({ withheld }) => withheld),
      merged: sum(({ merged }) => merged),
    });
  });
});
