import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "@barrage/testkit";
import { rootContext } from "@barrage/kernel";
import { MemoryWindow } from "../src/memory/memory-window.ts";
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
} from "./support/live-engine.ts";
import type { Item } from "@barrage/protocol";

const MINUTE = 60_000;
const author = { uid: "u", name: "u", role: "viewer" } as const;
const item = (seq: number, at: number, content = "x"): Item => ({
  kind: "danmaku",
  id: `i${String(seq)}`,
  at,
  author,
  ...said(content),
  seq,
  n: seq,
});

async function windowOf(
  count: number,
  bounds: Partial<{ maxItems: number; maxBytes: number; maxAgeMs: number }>,
) {
  const clock = new FakeClock();
  const ctx = rootContext({ clock });
  const window = new MemoryWindow(
    { maxItems: 1_000, maxBytes: 1_000_000, maxAgeMs: MINUTE, keptItems: 10, keptBytes: 10_000, ...bounds },
    clock,
  );
  for (let seq = 1; seq <= count; seq++) {
    await window.append({ room: "r", prev: seq - 1, seq, items: [item(seq, clock.wall())] });
  }
  return {
    window,
    clock,
    ctx,
    seqs: async () => (await window.read("r", 0, 1_000)).items.map(({ seq }) => seq),
  };
}

describe("recent window", () => {
  for (const [count, first] of [
    [2, 1],
    [3, 1],
    [4, 2],
  ] as const) {
    it(`[DL-7] of at most 3 records, after ${String(count)} the oldest is ${String(first)}`, async () => {
      const { window, seqs } = await windowOf(count, { maxItems: 3 });

      assert.equal((await seqs())[0], first);
      assert.equal((await window.read("r", 0, 10)).floor.seq, first - 1);
    });
  }

  it("[DL-7] forgets by age", async () => {
    const { window, clock, seqs } = await windowOf(3, { maxAgeMs: MINUTE });
    await clock.advance(MINUTE);
    assert.deepEqual(await seqs(), [1, 2, 3]);
    await clock.advance(1);

    assert.deepEqual(await seqs(), []);
    assert.deepEqual((await window.read("r", 0, 10)).floor, { seq: 3, n: 3 });
  });

  it("[DL-7] forgets by bytes", async () => {
    const { seqs } = await windowOf(10, { maxBytes: 1_300 });

    assert.deepEqual(await seqs(), [8, 9, 10]);
  });

  it("[DL-21] takes a batch only where its chain stands", async () => {
    const { window } = await windowOf(3, {});
    const batch = (prev: number, seq: number) => ({ room: "r", prev, seq, items: [item(seq, 0)] });

    assert.equal(await window.append(batch(4, 5)), "behind");
    assert.equal(await window.append(batch(2, 3)), "ahead");
    assert.equal(await window.append(batch(3, 4)), "written");
  });
});

describe("resume and snapshot", () => {
  it("[DL-9] a viewer who comes back gets each record it missed once, in order", async () => {
    const live = await liveEngine();
    const first = join(live, "r");
    await live.settle();
    await publish(live, "r", "a");
    const since = first.socket.of("batch").at(-1)?.seq ?? 0;
    first.connection.gone(1006);
    await publish(live, "r", "b");
    await publish(live, "r", "c");

    const { socket } = join(live, "r", { since });
    await live.settle();
    await publish(live, "r", "d");

    const [snapshot] = socket.of("snapshot");
    assert.deepEqual([snapshot?.resumed, snapshot?.head, snapshot?.items], [true, since, []]);
    assert.deepEqual(socket.texts, ["b", "c", "d"]);
    assert.equal(socket.of("gap").length, 0);
    await live.stop();
  });

  it("[DL-10] past the window the viewer is told what it will not get, and gets the rest", async () => {
    const live = await liveEngine({ settings: { window: { ...settings.window, maxItems: 3 } } });
    const first = join(live, "r");
    await live.settle();
    await publish(live, "r", "seen");
    const since = first.socket.of("batch").at(-1)?.seq ?? 0;
    first.connection.gone(1006);
    for (const text of ["1", "2", "3", "4", "5"]) await publish(live, "r", text);

    const { socket } = join(live, "r", { since });
    await live.settle();

    const [gap] = socket.of("gap");
    const items = socket.of("batch").flatMap((batch) => batch.items);
    assert.deepEqual([gap?.reason, gap?.from, gap?.count], ["expired", since, 2]);
    assert.ok((gap?.to ?? 0) < (items[0]?.seq ?? 0));
    assert.equal(items.length, 3);
    await live.stop();
  });

  it("[DL-11] a since above the head gets a fresh snapshot", async () => {
    const live = await liveEngine();
    await publish(live, "r", "a");

    const { socket } = join(live, "r", { since: 999_999 });
    await live.settle();

    assert.equal(socket.of("snapshot")[0]?.resumed, false);
    assert.ok((socket.of("snapshot")[0]?.items.length ?? 0) > 0);
    await live.stop();
  });

  it("[DL-12] [DL-8] the snapshot comes first; a batch and a reply that meet it half-way wait, and none is missing", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const { promise, resolve } = Promise.withResolvers<void>();
    let slow = false;
    const window = Object.create(ports.window, {
      read: {
        value: async (...args: Parameters<typeof ports.window.read>) => {
          const slice = await ports.window.read(...args);
          if (slow) await promise;
          return slice;
        },
      },
    }) as typeof ports.window;
    const live = await liveEngine({ clock, ports: { ...ports, window } });
    await publish(live, "r", "before");
    slow = true;

    const { connection, socket } = join(live, "r");
    await live.settle();
    await publish(live, "r", "meanwhile");
    connection.receive({ type: "ping", t: 7 });
    assert.equal(socket.frames.length, 0);
    resolve();
    await live.settle();

    assert.deepEqual(
      socket.frames.map(({ type }) => type),
      ["snapshot", "pong", "batch"],
    );
    assert.deepEqual(socket.texts, ["meanwhile"]);
    await live.stop();
  });

  it("[DL-13] a resume larger than half the outbound limit is cut, and the cut is told with its count", async () => {
    const live = await liveEngine();
    const first = join(live, "r");
    await live.settle();
    await publish(live, "r", "seen");
    const since = first.socket.of("batch").at(-1)?.seq ?? 0;
    first.connection.gone(1006);
    const sending = Array.from({ length: 100 }, (_, i) =>
      live.engine.publisher.danmaku(caller("u1"), "r", said(`${String(i)} ${"字".repeat(90)}`), live.ctx),
    );
    await carry(live, Promise.all(sending), 200);

    const { socket } = join(live, "r", { since });
    await live.settle();

    const given = socket.of("batch").flatMap(({ items }) => items).length;
    const [gap] = socket.of("gap");
    assert.equal(socket.closed?.code, undefined);
    assert.ok(given > 10 && given < 100);
    assert.equal((gap?.count ?? 0) + given, 100);
    const bytes = socket
      .of("batch")
      .reduce((sum, batch) => sum + Buffer.byteLength(JSON.stringify(batch)), 0);
    assert.ok(bytes <= settings.outbound.limitBytes / 2);
    await live.stop();
  });

  it("[DL-14] a late joiner gets the last danmaku, without recalled ones, recalls and likes", async () => {
    const live = await liveEngine();
    await publish(live, "r", "bad");
    const bad = (await live.engine.rooms.history({ room: "r", after: 0, limit: 10 }, live.ctx)).page.items.at(
      -1,
    );
    await carry(live, live.engine.publisher.like(caller("u2"), "r", { count: 3 }, live.ctx));
    for (let i = 0; i < 12; i++) await publish(live, "r", `x${String(i)}`);
    await carry(live, live.engine.commands.recall(caller("u1").principal, "r", bad?.id ?? "", live.ctx));

    const { socket } = join(live, "r");
    await live.settle();

    const items = socket.of("snapshot")[0]?.items ?? [];
    assert.ok(items.length > 0 && items.length <= 10);
    assert.ok(items.every(({ kind }) => kind === "danmaku"));
    assert.equal(
      items.some(({ id }) => id === bad?.id),
      false,
    );
    await live.stop();
  });

  it("[DL-24] joins and publishes after a drain are refused, viewers get bye and 4000, and nothing acknowledged is missing", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await publish(live, "r", "first", 0);
    const late = live.engine.publisher.danmaku(caller("u1"), "r", said("second"), live.ctx);

    await carry(live, live.engine.drain(1_000, live.ctx));
    await late;
    const after = new FakeSocket();
    join(live, "r", { socket: after });

    assert.deepEqual(socket.texts, ["first", "second"]);
    assert.equal(socket.of("bye")[0]?.retry_ms, 500);
    assert.equal(socket.closed?.code, 4000);
    assert.equal(after.closed?.code, 4000);
    await assert.rejects(publish(live, "r", "third"), { code: "BARRAGE_DRAINING" });
    await live.stop();
  });
});
