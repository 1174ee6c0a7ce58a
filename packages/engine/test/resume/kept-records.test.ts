import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchFrame, Item } from "@barrage/protocol";
import { FakeClock } from "@barrage/testkit";
import { MemoryWindow } from "@barrage/engine";
import type { EnginePorts, EngineSettings } from "@barrage/engine";
import {
  FakeSocket,
  caller,
  carry,
  join,
  liveEngine,
  makePorts,
  publish,
  said,
  settings,
} from "../support/live-engine.ts";
import type { LiveEngine } from "../support/live-engine.ts";

const HORIZON_MS = 60_000;
const bounds: EngineSettings["window"] = {
  ...settings.window,
  maxItems: 3,
  maxAgeMs: HORIZON_MS,
  keptItems: 2,
};
const author = { uid: "u", name: "u", role: "viewer" } as const;

const pay = (live: LiveEngine, content: string) =>
  carry(
    live,
    live.engine.publisher.superchat(
      caller("pay", "service"),
      "r",
      { content, amount_micros: 1_000_000, currency: "CNY", pin_ms: 1_000 },
      live.ctx,
    ),
  );

const talk = async (live: LiveEngine, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await publish(live, "r", `said ${i}`);
};

/** A viewer who has seen the room up to now, and went. */
async function whoWent(live: LiveEngine): Promise<number> {
  await talk(live, 1);
  const { connection, socket } = join(live, "r");
  await live.settle();
  connection.gone(1006);
  return socket.of("snapshot")[0]?.head ?? 0;
}

async function comesBack(live: LiveEngine, since: number): Promise<FakeSocket> {
  const { socket } = join(live, "r", { since });
  await live.settle();
  return socket;
}

const paidIn = (batches: readonly BatchFrame[]): string[] =>
  batches.flatMap(({ items }) => items.flatMap((item) => (item.kind === "superchat" ? [item.content] : [])));

const withBounds = (ports?: EnginePorts, clock?: FakeClock) =>
  liveEngine({
    settings: { window: bounds },
    ...(ports === undefined ? {} : { ports }),
    ...(clock === undefined ? {} : { clock }),
  });

describe("what a window keeps of its past", () => {
  const paid = (seq: number, at: number): Item => ({
    kind: "superchat",
    id: `s${seq}`,
    at,
    author,
    content: "x",
    amount_micros: 1,
    currency: "CNY",
    pin_ms: 1,
    seq,
    n: seq,
  });

  for (const [count, kept, keptFrom] of [
    [4, [1], 0],
    [5, [1, 2], 0],
    [6, [2, 3], 1],
  ] as const) {
    it(`[DL-36] with room for 3 records and 2 kept ones, of ${count} paid ones it keeps ${kept.join(" and ")}`, async () => {
      const clock = new FakeClock();
      const window = new MemoryWindow(bounds, clock);
      for (let seq = 1; seq <= count; seq++)
        await window.append({ room: "r", prev: seq - 1, seq, items: [paid(seq, clock.wall())] });

      const { past } = await window.read("r", 0, 100);

      assert.deepEqual(
        past?.kept.map(({ seq }) => seq),
        kept,
      );
      assert.equal(past?.keptFrom, keptFrom);
    });
  }

  it("[DL-36] [DL-37] at the horizon a record is kept, and a millisecond later it is not and the room has expired up to it", async () => {
    const clock = new FakeClock();
    const window = new MemoryWindow(bounds, clock);
    for (let seq = 1; seq <= 4; seq++)
      await window.append({ room: "r", prev: seq - 1, seq, items: [paid(seq, clock.wall())] });

    await clock.advance(HORIZON_MS);
    const atIt = (await window.read("r", 0, 100)).past;
    await clock.advance(1);
    const pastIt = (await window.read("r", 0, 100)).past;

    assert.deepEqual([atIt?.kept.length, atIt?.isExpired], [1, false]);
    assert.deepEqual([pastIt?.kept.length, pastIt?.isExpired], [0, true]);
  });
});

describe("resume within the horizon", () => {
  it("[DL-36] [DL-10] paid records that left the window come in a batch that tells how many others did", async () => {
    const live = await withBounds();
    const since = await whoWent(live);
    await pay(live, "first");
    await talk(live, 4);
    await pay(live, "second");
    await talk(live, 3);

    const socket = await comesBack(live, since);

    const [kept] = socket.of("batch");
    assert.equal(kept?.prev, since);
    assert.deepEqual(paidIn(socket.of("batch")), ["first", "second"]);
    assert.deepEqual(kept?.shed, { count: 4, reason: "expired" });
    assert.deepEqual(socket.of("gap"), []);
    await live.stop();
  });

  it("[DL-36] those that were too many to keep are read from the archive", async () => {
    const live = await withBounds();
    const since = await whoWent(live);
    for (const text of ["a", "b", "c", "d", "e"]) await pay(live, text);
    await talk(live, 3);

    const socket = await comesBack(live, since);

    assert.deepEqual(paidIn(socket.of("batch")), ["a", "b", "c", "d", "e"]);
    await live.stop();
  });

  it("[DL-36] after a restart they are there as before", async () => {
    const clock = new FakeClock();
    const first = await withBounds(makePorts(clock, bounds), clock);
    const since = await whoWent(first);
    await pay(first, "kept");
    await talk(first, 5);
    await first.settle(60);
    await first.stop();
    const { log, rooms, archive } = first.ports;
    const again = await withBounds({ ...makePorts(clock, bounds), log, rooms, archive }, clock);

    const socket = await comesBack(again, since);

    assert.deepEqual(paidIn(socket.of("batch")), ["kept"]);
    assert.equal(socket.of("gap")[0]?.count, 2);
    assert.equal(socket.texts.length, 3);
    await again.stop();
  });

  it("[DL-13] a resume that has to be cut keeps paid records, and tells of the others", async () => {
    const live = await liveEngine({
      settings: { outbound: { ...settings.outbound, limitBytes: 10_000, highBytes: 9_000 } },
    });
    const since = await whoWent(live);
    await pay(live, "paid");
    for (let i = 0; i < 60; i++) await publish(live, "r", `${i} ${"x".repeat(90)}`, 0);
    await live.settle(100);

    const socket = await comesBack(live, since);

    assert.equal(socket.closed, undefined);
    assert.deepEqual(paidIn(socket.of("batch")), ["paid"]);
    const told = socket.of("batch").reduce((sum, { shed }) => sum + (shed?.count ?? 0), 0);
    const gaps = socket.of("gap").reduce((sum, { count }) => sum + (count ?? 0), 0);
    assert.equal(told + gaps + socket.texts.length, 60);
    await live.stop();
  });
});

describe("resume past the horizon", () => {
  it("[DL-37] the viewer begins afresh and is told so", async () => {
    const live = await withBounds();
    const since = await whoWent(live);
    await pay(live, "long ago");
    await talk(live, 1);
    await live.settle(HORIZON_MS + 1_000);
    await talk(live, 2);

    const socket = await comesBack(live, since);

    const [snapshot] = socket.of("snapshot");
    const [gap] = socket.of("gap");
    assert.equal(snapshot?.resumed, false);
    assert.deepEqual([gap?.from, gap?.to, gap?.count, gap?.reason], [since, snapshot?.head, null, "expired"]);
    await live.stop();
  });

  it("[DL-37] who missed nothing resumes, however long it was away", async () => {
    const live = await withBounds();
    const since = await whoWent(live);
    await live.settle(2 * HORIZON_MS);

    const socket = await comesBack(live, since);

    assert.equal(socket.of("snapshot")[0]?.resumed, true);
    assert.deepEqual(socket.of("gap"), []);
    await live.stop();
  });
});

describe("the batches of a resume", () => {
  class RawSocket extends FakeSocket {
    readonly raw: Uint8Array[] = [];

    override write(frame: Uint8Array): boolean {
      this.raw.push(frame);
      return super.write(frame);
    }
  }

  it("[DL-38] are the same bytes for all who come back, but for the first, which is each one's own", async () => {
    const live = await liveEngine();
    const since = await whoWent(live);
    await carry(
      live,
      Promise.all(
        Array.from({ length: 90 }, (_, i) =>
          live.engine.publisher.danmaku(caller("u1"), "r", said(`${i}`), live.ctx),
        ),
      ),
      200,
    );

    const [one, other] = [new RawSocket(), new RawSocket()];
    join(live, "r", { since, socket: one });
    join(live, "r", { since: since + 1, socket: other });
    await live.settle();

    assert.equal(one.texts.length, 90);
    assert.equal(other.texts.length, 89);
    assert.equal(one.raw.at(-1), other.raw.at(-1));
    assert.notEqual(one.raw.at(1), other.raw.at(1));
    await live.stop();
  });

  it("[DL-38] a recall is not undone by a batch that was made before it", async () => {
    const live = await liveEngine();
    const since = await whoWent(live);
    await talk(live, 3);
    await comesBack(live, since);
    const target = (
      await live.engine.rooms.history({ room: "r", after: since, limit: 1 }, live.ctx)
    ).page.items.at(0);
    await carry(live, live.engine.commands.recall(caller("u1").principal, "r", target?.id ?? "", live.ctx));

    const socket = await comesBack(live, since);

    const kinds = socket.of("batch").flatMap(({ items }) => items.map(({ kind }) => kind));
    assert.deepEqual(kinds, ["danmaku", "danmaku", "recall"]);
    await live.stop();
  });
});
