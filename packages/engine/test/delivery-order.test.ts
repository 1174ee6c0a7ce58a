import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Item } from "@barrage/protocol";
import { createMemoryFeed } from "../src/memory/memory-feed.ts";
import type { Batch } from "../src/ports/index.ts";
import { FakeSocket, caller, join, liveEngine, makePorts, publish, said } from "./support/live-engine.ts";
import { FakeClock } from "@barrage/testkit";

/** In the snapshot and in batches; who joins an empty room may find its first record in either. */
const itemsOf = (socket: FakeSocket): Item[] =>
  [...socket.of("snapshot"), ...socket.of("batch")].flatMap(({ items }) => [...items]);

describe("delivery: order", () => {
  it("[DL-1] an acknowledged danmaku reaches every viewer with the acknowledged seq", async () => {
    const live = await liveEngine();
    const viewers = [join(live, "r"), join(live, "r")];
    await live.settle();

    const outcome = await publish(live, "r", "hello");

    for (const { socket } of viewers) {
      const item = itemsOf(socket).find(({ kind }) => kind === "danmaku");
      assert.equal(item?.seq, "seq" in outcome ? outcome.seq : undefined);
      assert.deepEqual(socket.texts, ["hello"]);
    }
    await live.stop();
  });

  it("[DL-2] seq increases and n is dense from 1, though rooms share the log", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "a");
    await live.settle();

    for (let i = 0; i < 5; i++) {
      await publish(live, "a", `a${String(i)}`);
      await publish(live, "b", `b${String(i)}`);
    }

    const items = itemsOf(socket);
    assert.deepEqual(
      items.map(({ n }) => n),
      [1, 2, 3, 4, 5, 6],
    );
    assert.ok(items.every((item, i) => i === 0 || item.seq > (items[i - 1]?.seq ?? 0)));
    assert.ok(items.some((item, i) => i > 0 && item.seq > (items[i - 1]?.seq ?? 0) + 1));
    await live.stop();
  });

  it("[DL-3] batches form an unbroken chain from the snapshot's head", async () => {
    const live = await liveEngine();
    await publish(live, "r", "before");
    const { socket } = join(live, "r");
    await live.settle();

    for (let i = 0; i < 20; i++) await publish(live, "r", `x${String(i)}`);

    let last = socket.of("snapshot")[0]?.head;
    for (const batch of socket.of("batch")) {
      assert.equal(batch.prev, last);
      assert.equal(batch.count, batch.items.length);
      assert.equal(batch.seq, batch.items.at(-1)?.seq);
      last = batch.seq;
    }
    assert.equal(socket.texts.length, 20);
    await live.stop();
  });

  it("[DL-4] a batch that arrives twice is delivered once and counted", async () => {
    const clock = new FakeClock();
    const feed = createMemoryFeed();
    const ports = { ...makePorts(clock), feed };
    const seen: Batch[] = [];
    using own = feed.subscribe({ batch: (batch) => seen.push(batch), interrupted: () => undefined });
    const live = await liveEngine({ clock, ports });
    await own.enter("r", live.ctx);
    const { socket } = join(live, "r");
    await live.settle();
    await publish(live, "r", "once");

    const before = live.engine.totals.duplicates;
    const again = [...seen];
    for (const batch of again) await feed.publish(batch, live.ctx);

    assert.deepEqual(socket.texts, ["once"]);
    assert.equal(live.engine.totals.duplicates - before, again.length);
    await live.stop();
  });

  it("[DL-5] a quiet room is flushed at once, a busy one once per window", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle(100);

    await publish(live, "r", "first", 0);
    assert.deepEqual(socket.texts, ["first"]);
    await publish(live, "r", "second", 0);
    await publish(live, "r", "third", 0);
    assert.deepEqual(socket.texts, ["first"]);
    await live.settle(19);
    assert.deepEqual(socket.texts, ["first"]);
    await live.settle(1);

    assert.deepEqual(socket.texts, ["first", "second", "third"]);
    assert.equal(socket.of("batch").at(-1)?.count, 2);
    await live.stop();
  });

  it("[DL-5] a batch has at most 512 records and 64 KiB", async () => {
    const live = await liveEngine();
    const socket = new FakeSocket();
    await publish(live, "r", "first");
    join(live, "r", { socket });
    await live.settle();

    const sending = Array.from({ length: 513 }, (_, i) =>
      live.engine.publisher.danmaku(caller(`u${String(i)}`), "r", said("字".repeat(100)), live.ctx),
    );
    await live.settle(100);
    await Promise.all(sending);

    const counts = socket.of("batch").map(({ count }) => count);
    assert.ok(counts.every((count) => count <= 512));
    assert.ok(socket.of("batch").every((batch) => JSON.stringify(batch).length <= 65_536));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      513,
    );
    await live.stop();
  });

  it("[DL-6] a record behind its sender's mute in the log is dropped and counted", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await publish(live, "r", "hello");
    const author = { uid: "u1", name: "U1", role: "viewer" } as const;
    const mute = { type: "mute", uid: "u1", until: null } as const;
    const base = { at: live.clock.wall(), author };
    const { log } = live.ports;

    // Straight into the log: the window between the check at ingest and the append.
    await log.append({ room: "r", entry: { kind: "room-event", id: "m", ...base, event: mute } }, live.ctx);
    await log.append(
      { room: "r", entry: { kind: "danmaku", id: "d", ...base, ...said("too late") } },
      live.ctx,
    );
    await live.settle(100);

    assert.deepEqual(socket.texts, ["hello"]);
    assert.equal(live.engine.totals.muted, 1);
    const { page: history } = await live.engine.rooms.history({ room: "r", after: 0, limit: 100 }, live.ctx);
    assert.equal(
      history.items.some(({ id }) => id === "d"),
      false,
    );
    await live.stop();
  });
});
