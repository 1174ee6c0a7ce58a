import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FakeClock } from "@barrage/testkit";
import { caller, carry, join, liveEngine, makePorts, said, settings } from "./support/live-engine.ts";
import type { FakeSocket, LiveEngine } from "./support/live-engine.ts";

/** A client that does what the SDK does: keeps its last seq, comes back with it, notes what it was told is missing. */
class Client {
  socket: FakeSocket | undefined;
  connection: ReturnType<typeof join>["connection"] | undefined;
  readonly received: number[] = [];
  readonly missing: { from: number; to: number }[] = [];
  /** Where its sight begins: the head of its first snapshot. */
  begin: number | undefined;
  last = 0;
  private read = 0;

  /** Takes in what has come since the last call, and checks the chain as it goes. */
  takeIn(): void {
    // What a stuck socket was given has not arrived, and is lost if the connection goes before it does.
    if (this.socket?.stuck === true) return;
    for (const frame of this.socket?.frames.slice(this.read) ?? []) {
      this.read += 1;
      if (frame.type === "snapshot") {
        if (!frame.resumed) {
          this.begin = frame.head;
          this.received.length = this.missing.length = 0;
        } else this.add(frame.items);
        this.last = Math.max(this.last, frame.head);
      } else if (frame.type === "gap") {
        this.missing.push(frame);
        this.last = Math.max(this.last, frame.to);
      } else if (frame.type === "batch") {
        assert.equal(frame.prev, this.last, "the chain is broken");
        if (frame.shed !== undefined) this.missing.push({ from: frame.prev, to: frame.seq });
        this.add(frame.items);
        this.last = frame.seq;
      }
    }
  }

  private add(items: readonly { seq: number }[]): void {
    for (const { seq } of items) {
      assert.ok(seq > (this.received.at(-1) ?? 0), "not in order, or twice");
      this.received.push(seq);
    }
  }

  connect(live: LiveEngine): void {
    if (this.socket !== undefined) return;
    const since = this.begin === undefined ? {} : { since: this.last };
    ({ socket: this.socket, connection: this.connection } = join(live, "r", since));
    this.read = 0;
  }

  /** The network goes; what stuck in the socket never arrives, and the client knows only what it has read. */
  disconnect(): void {
    this.takeIn();
    this.connection?.gone(1006);
    this.socket = this.connection = undefined;
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("say" as const), count: fc.integer({ min: 1, max: 30 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("connect" as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("disconnect" as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stick" as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unstick" as const), who: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 60 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
);

describe("resume, against the log", () => {
  it("[DL-3] [DL-9] [DL-17] whatever happens, a client has each record once, or was told that it is missing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
        const clock = new FakeClock();
        const window = { ...settings.window, maxItems: 40 };
        const outbound = { ...settings.outbound, highBytes: 4_000, lowBytes: 2_000 };
        const own = { window, outbound };
        let ports = makePorts(clock, window);
        let live = await liveEngine({ clock, ports, settings: own });
        const clients = [new Client(), new Client(), new Client()];
        let said1 = 0;
        for (const it of steps) {
          if (it.do === "say") {
            const sending = Array.from({ length: it.count }, () =>
              live.engine.publisher.danmaku(
                caller("u1"),
                "r",
                said(`${String(++said1)} ${"字".repeat(80)}`),
                live.ctx,
              ),
            );
            await carry(live, Promise.all(sending), 10);
          } else if (it.do === "wait") await live.settle(it.ms);
          else if (it.do === "restart") {
            for (const client of clients) client.disconnect();
            await live.settle(60);
            await live.stop();
            // Only what is durable comes back.
            ports = {
              ...makePorts(clock, window),
              log: ports.log,
              rooms: ports.rooms,
              archive: ports.archive,
            };
            live = await liveEngine({ clock, ports, settings: own });
          } else {
            const client = clients[it.who];
            if (it.do === "connect") client?.connect(live);
            else if (it.do === "disconnect") client?.disconnect();
            else if (client?.socket !== undefined) {
              if (it.do === "stick") client.socket.stuck = true;
              else {
                client.socket.read();
                client.connection?.drained();
              }
            }
            await live.settle(0);
          }
          for (const client of clients) {
            client.takeIn();
            if (client.socket?.closed !== undefined) client.disconnect();
          }
        }
        for (const client of clients) {
          client.disconnect();
          client.connect(live);
        }
        await live.settle(100);
        const chain = (await live.ports.log.read(0, 100_000, live.ctx, "r")).map(({ seq }) => seq);
        for (const client of clients) {
          client.takeIn();
          const got = new Set(client.received);
          for (const seq of chain) {
            if (seq <= (client.begin ?? 0) || got.has(seq)) continue;
            assert.ok(
              client.missing.some(({ from, to }) => seq > from && seq <= to),
              `${String(seq)} is missing and nobody said so`,
            );
          }
          assert.equal(client.last, chain.at(-1) ?? client.last);
        }
        await live.stop();
      }),
      { numRuns: 100 },
    );
  });
});
