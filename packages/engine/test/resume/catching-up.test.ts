import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchFrame } from "@barrage/protocol";
import { FakeSocket, caller, carry, join, liveEngine, publish, settings } from "../support/live-engine.ts";
import type { LiveEngine } from "../support/live-engine.ts";

const { limitBytes, graceMs } = settings.outbound;
const PAID = 400;
const BATCHES_WAITING = 64;

/** Takes what waits when it is told to, and nothing of what comes then. */
class SippingSocket extends FakeSocket {
  most = 0;

  override write(frame: Uint8Array): boolean {
    this.stuck = true;
    const isWritten = super.write(frame);
    this.most = Math.max(this.most, this.bufferedBytes);
    return isWritten;
  }
}

/** A room in which a viewer missed far more paid records than its connection may hold. */
async function muchWasPaid(count = PAID, keptItems = 1_000): Promise<{ live: LiveEngine; since: number }> {
  const window = { ...settings.window, maxItems: 3, keptItems, keptBytes: 1_000_000 };
  const live = await liveEngine({ settings: { window } });
  await publish(live, "r", "before");
  const { connection, socket } = join(live, "r");
  await live.settle();
  connection.gone(1006);
  const body = { amount_micros: 1_000_000, currency: "CNY", pin_ms: 1_000 };
  const pay = (i: number) =>
    live.engine.publisher.superchat(caller("pay", "service"), "r", { ...body, content: `${i}` }, live.ctx);
  await carry(live, Promise.all(Array.from({ length: count }, (_, i) => pay(i))), 1_000);
  return { live, since: socket.of("snapshot")[0]?.head ?? 0 };
}

const paidIn = (batches: readonly BatchFrame[]): string[] =>
  batches.flatMap(({ items }) => items.flatMap((item) => (item.kind === "superchat" ? [item.content] : [])));

const all = Array.from({ length: PAID }, (_, i) => `${i}`);

describe("a viewer who missed more than its connection may hold", () => {
  it("[DL-44] gets it in parts, each when it took the one before, and then what came meanwhile", async () => {
    const { live, since } = await muchWasPaid();
    const socket = new SippingSocket();
    join(live, "r", { since, socket });
    await live.settle();
    assert.ok(socket.bufferedBytes > limitBytes / 2);
    assert.ok(paidIn(socket.of("batch")).length < PAID);
    await carry(live, live.engine.commands.setTitle(caller("h", "service").principal, "r", "new", live.ctx));
    const kinds = () => socket.of("batch").flatMap(({ items }) => items.map(({ kind }) => kind));
    assert.ok(!kinds().includes("room-event"));

    while (socket.bufferedBytes > 0) {
      await live.settle(graceMs - 1_000);
      socket.read();
    }

    assert.equal(socket.closed?.code, undefined);
    assert.ok(socket.most <= limitBytes);
    assert.deepEqual(paidIn(socket.of("batch")), all);
    assert.equal(kinds().at(-1), "room-event");
    let last = since;
    for (const { prev, seq } of socket.of("batch")) {
      assert.equal(prev, last);
      last = seq;
    }
    await live.stop();
  });

  it("[DL-44] is answered meanwhile", async () => {
    const { live, since } = await muchWasPaid();
    const socket = new SippingSocket();
    const { connection } = join(live, "r", { since, socket });
    await live.settle();

    connection.receive({ type: "ping" });

    assert.equal(socket.frames.at(-1)?.type, "pong");
    await live.stop();
  });

  it("[DL-44] who goes each time after a part has everything in the end, and nothing twice", async () => {
    const { live, since } = await muchWasPaid();
    const paid: string[] = [];
    let at = since;
    let connections = 0;
    for (; paid.length < PAID && connections < 20; connections += 1) {
      const socket = new SippingSocket();
      const { connection } = join(live, "r", { since: at, socket });
      await live.settle();
      const taken = socket.of("batch");
      paid.push(...paidIn(taken));
      at = taken.at(-1)?.seq ?? at;
      socket.read();
      connection.gone(1006);
    }

    assert.deepEqual(paid, all);
    assert.ok(connections > 1);
    await live.stop();
  });

  it("[DL-49] of more than can be read at once gets the first part, is closed with 4003, and comes back for the next", async () => {
    const count = 4_500;
    const { live, since } = await muchWasPaid(count, 2);
    const paid: string[] = [];
    let at = since;
    const ends: (number | undefined)[] = [];
    for (let i = 0; i < 3; i += 1) {
      const socket = i === 0 ? new SippingSocket() : new FakeSocket();
      join(live, "r", { since: at, socket });
      await live.settle();
      while (socket.bufferedBytes > 0) {
        assert.equal(socket.closed?.code, undefined);
        socket.read();
      }
      await live.settle();
      for (const { prev, seq } of socket.of("batch")) {
        assert.equal(prev, at);
        at = seq;
      }
      paid.push(...paidIn(socket.of("batch")));
      ends.push(socket.closed?.code);
    }

    assert.deepEqual(ends, [4003, 4003, undefined]);
    assert.deepEqual(
      paid,
      Array.from({ length: count }, (_, i) => `${i}`),
    );
    await live.stop();
  });

  it("[DL-44] takes nothing: it is closed with 4001 after the grace time, as every slow viewer", async () => {
    const { live, since } = await muchWasPaid();
    const socket = new SippingSocket();
    join(live, "r", { since, socket });
    await live.settle(graceMs);
    assert.equal(socket.closed?.code, undefined);
    await live.settle(2_000);
    assert.equal(socket.closed?.code, 4001);
    await live.stop();
  });

  it("[DL-44] has 64 batches wait for it; the next one closes it, with what it took", async () => {
    const { live, since } = await muchWasPaid();
    const socket = new SippingSocket();
    join(live, "r", { since, socket });
    await live.settle();
    for (let i = 0; i < BATCHES_WAITING; i += 1) await publish(live, "r", `${i}`);
    assert.equal(socket.closed?.code, undefined);
    await publish(live, "r", "one more");

    assert.equal(socket.of("error")[0]?.code, "BARRAGE_OVERLOADED");
    assert.equal(socket.closed?.code, 4003);
    assert.ok((socket.of("batch").at(-1)?.seq ?? 0) > since);
    await live.stop();
  });
});
