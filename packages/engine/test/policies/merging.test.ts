import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyChange } from "@barrage/protocol";
import { FakeClock } from "@barrage/testkit";
import { assertChain, sayAtOnce, SERVICE, set } from "./desk.ts";
import { carry, join, liveEngine, makePorts, publish, settings } from "../support/live-engine.ts";
import type { FakeSocket, LiveEngine } from "../support/live-engine.ts";

const merge = (window_s: number, mode: "on" | "dry_run" | "off" = "on"): PolicyChange => ({
  merge: { mode, window_s },
});

/** Several viewers say the same at once. */
const chorus = (live: LiveEngine, content: string, count: number) =>
  sayAtOnce(live, Array<string>(count).fill(content));

const countsOf = (socket: FakeSocket) => socket.of("batch").flatMap(({ merged = [] }) => merged);

describe("a room that merges", () => {
  it("[RP-12] [RP-14] [RP-15] shows the first and its growing count; the chain is unbroken, the ledger has them", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await set(live, merge(10));
    await chorus(live, "哈哈哈", 20);
    await chorus(live, "哈哈 哈哈", 30);

    assert.deepEqual(socket.texts, ["哈哈哈"]);
    const counts = countsOf(socket);
    assert.equal(counts.at(-1)?.count, 50);
    assert.ok(counts.every(({ content }) => content === "哈哈哈"));
    const first = socket
      .of("batch")
      .flatMap(({ items }) => items)
      .find(({ kind }) => kind === "danmaku");
    assert.ok(counts.every(({ seq }) => seq === first?.seq));
    assertChain(socket);
    assert.deepEqual(socket.of("gap"), []);
    assert.equal(live.engine.gateway.ledger().merged, 49);
    await live.stop();
  });

  it("[RP-14] a count is told once for each danmaku and batch", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await set(live, merge(10));
    await sayAtOnce(
      live,
      Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? "a" : "b")),
    );

    for (const { merged = [] } of socket.of("batch")) {
      assert.equal(new Set(merged.map(({ seq }) => seq)).size, merged.length);
    }
    assert.deepEqual(
      countsOf(socket)
        .slice(-2)
        .map(({ count }) => count),
      [20, 20],
    );
    await live.stop();
  });

  it("[RP-16] a late joiner finds the count as of then, and what comes later", async () => {
    const live = await liveEngine();
    join(live, "r");
    await live.settle();
    await set(live, merge(10));
    await chorus(live, "a", 7);
    const late = join(live, "r");
    await live.settle();
    await chorus(live, "a", 3);

    const shown = late.socket.of("snapshot")[0]?.items.find(({ kind }) => kind === "danmaku");
    assert.equal(shown?.kind === "danmaku" && shown.merged, 7);
    assert.equal(countsOf(late.socket).at(-1)?.count, 10);
    await live.stop();
  });

  it("[RP-16] one who comes back finds the counts that grew meanwhile, of danmaku before and after", async () => {
    const live = await liveEngine();
    const witness = join(live, "r");
    await live.settle();
    await set(live, merge(10));
    await chorus(live, "before", 2);
    const since = witness.socket.of("batch").at(-1)?.seq ?? 0;
    await chorus(live, "before", 3);
    await chorus(live, "after", 4);

    const back = join(live, "r", { since });
    await live.settle();

    const counts = new Map(countsOf(back.socket).map(({ content, count }) => [content, count]));
    assert.deepEqual(
      [...counts],
      [
        ["before", 5],
        ["after", 4],
      ],
    );
    assert.deepEqual(back.socket.texts, ["after"]);
    await live.stop();
  });

  it("[RP-8] after a restart the count goes on, and a late joiner sees no more than before", async () => {
    const clock = new FakeClock();
    const ports = makePorts(clock);
    const first = await liveEngine({ ports, clock });
    join(first, "r");
    await first.settle();
    await set(first, merge(60));
    await chorus(first, "a", 5);
    await first.settle(1_000);
    await first.stop();

    const second = await liveEngine({ ports: { ...ports, window: makePorts(clock).window }, clock });
    const { socket } = join(second, "r");
    await second.settle();
    await chorus(second, "a", 2);

    const items = socket.of("snapshot")[0]?.items.filter(({ kind }) => kind === "danmaku");
    assert.equal(items?.length, 1);
    assert.equal(socket.texts.length, 0);
    assert.equal(countsOf(socket).at(-1)?.count, 7);
    await second.stop();
  });

  it("[RP-3] a dry run shows everything, and counts", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await set(live, merge(10, "dry_run"));
    await chorus(live, "a", 5);

    assert.equal(socket.texts.length, 5);
    assert.deepEqual(countsOf(socket), []);
    const { counts } = await live.engine.commands.policies(SERVICE, "r", live.ctx);
    assert.deepEqual(counts.merge, { on: 0, dry_run: 4 });
    await live.stop();
  });

  it("[RP-17] after a recall the next one is shown", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    await set(live, merge(10));
    await chorus(live, "a", 2);
    const shown = socket
      .of("batch")
      .flatMap(({ items }) => items)
      .find(({ kind }) => kind === "danmaku");
    await carry(live, live.engine.commands.recall(SERVICE, "r", shown?.id ?? "", live.ctx));
    await publish(live, "r", "a");

    assert.equal(socket.texts.length, 2);
    await live.stop();
  });

  it("[RP-14] one who is slow gets the counts with the danmaku that it still gets", async () => {
    const live = await liveEngine();
    const { socket, connection } = join(live, "r");
    await live.settle();
    await set(live, merge(10));
    await chorus(live, "a", 2);
    socket.stuck = true;
    socket.bufferedBytes = settings.outbound.highBytes;
    await chorus(live, "a", 5);
    socket.read();
    connection.drained();
    await chorus(live, "a", 1);

    assert.equal(countsOf(socket).at(-1)?.count, 8);
    await live.stop();
  });
});
