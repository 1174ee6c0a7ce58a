import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  FakeSocket,
  caller,
  carry,
  join,
  liveEngine,
  publish,
  said,
  settings,
  user,
} from "./support/live-engine.ts";
import type { LiveEngine } from "./support/live-engine.ts";

const long = (i: number) => `${String(i)} ${"字".repeat(90)}`;

async function flood(live: LiveEngine, count: number): Promise<void> {
  const sending = Array.from({ length: count }, (_, i) =>
    live.engine.publisher.danmaku(caller("u1"), "r", said(long(i)), live.ctx),
  );
  await carry(live, Promise.all(sending), 100);
}

/** A viewer whose socket takes nothing, with so much unsent that ordinary records are shed. */
async function stuckViewer(live: LiveEngine): Promise<ReturnType<typeof join>> {
  const viewer = join(live, "r");
  await live.settle();
  viewer.socket.stuck = true;
  for (let i = 0; i < 30 && live.engine.totals.shed.slow === 0; i++) await flood(live, 10);
  assert.ok(live.engine.totals.shed.slow > 0);
  return viewer;
}

function unstick({ connection, socket }: ReturnType<typeof join>): void {
  socket.read();
  connection.drained();
}

describe("slow viewers", () => {
  it("[DL-15] unsent bytes never exceed the limit, however much is said", async () => {
    const live = await liveEngine();
    const { socket } = await stuckViewer(live);

    for (let i = 0; i < 20; i++) {
      await flood(live, 20);
      assert.ok(socket.bufferedBytes <= settings.outbound.limitBytes);
    }
    await live.stop();
  });

  it("[DL-15] a frame that must go out and does not fit closes with 4001", async () => {
    const live = await liveEngine();
    const { socket } = await stuckViewer(live);
    socket.bufferedBytes = settings.outbound.limitBytes;

    await carry(live, live.engine.commands.setTitle(user("h", "service"), "r", "new title", live.ctx));

    assert.equal(socket.closed?.code, 4001);
    await live.stop();
  });

  it("[DL-16] while ordinary records are shed, control and paid records still come", async () => {
    const live = await liveEngine();
    const { socket } = await stuckViewer(live);
    const body = { content: "thank you", amount_micros: 30_000_000, currency: "CNY", pin_ms: 60_000 };

    await carry(live, live.engine.publisher.superchat(caller("pay", "service"), "r", body, live.ctx));
    await carry(live, live.engine.commands.setTitle(user("h", "service"), "r", "new title", live.ctx));
    await flood(live, 5);

    const kinds = socket
      .of("batch")
      .slice(-2)
      .flatMap(({ items }) => items.map(({ kind }) => kind));
    assert.deepEqual(kinds, ["superchat", "room-event"]);
    await live.stop();
  });

  it("[DL-17] [DL-3] what was withheld is told with its count, and the chain closes over it", async () => {
    const live = await liveEngine();
    const viewer = await stuckViewer(live);
    const shed = live.engine.totals.shed.slow;
    unstick(viewer);
    await publish(live, "r", "after");

    const { socket } = viewer;
    const told = socket.of("gap").reduce((sum, { count }) => sum + (count ?? 0), 0);
    assert.equal(told, shed);
    let last = socket.of("snapshot")[0]?.head ?? 0;
    for (const frame of socket.frames) {
      if (frame.type === "gap") {
        assert.equal(frame.from, last);
        last = frame.to;
      } else if (frame.type === "batch") {
        assert.equal(frame.prev, last);
        last = frame.seq;
      }
    }
    assert.equal(socket.texts.at(-1), "after");
    await live.stop();
  });

  it("[DL-17] a batch of which only a part may be shed says so in its header", async () => {
    const live = await liveEngine();
    const { socket } = await stuckViewer(live);
    await publish(live, "r", "opens a window", 0);

    const said1 = live.engine.publisher.danmaku(caller("u1"), "r", said("ordinary"), live.ctx);
    const titled = live.engine.commands.setTitle(user("h", "service"), "r", "t", live.ctx);
    await carry(live, Promise.all([said1, titled]), 50);

    const batch = socket.of("batch").at(-1);
    assert.deepEqual(batch?.shed, { count: 1, reason: "slow" });
    assert.equal(batch.count, 1);
    assert.equal(batch.items[0]?.kind, "room-event");
    await live.stop();
  });

  it("[DL-17] the gap is told when the socket drains, though nothing more is said", async () => {
    const live = await liveEngine();
    const viewer = await stuckViewer(live);
    assert.equal(viewer.socket.of("gap").length, 0);

    unstick(viewer);

    assert.equal(viewer.socket.of("gap").length, 1);
    await live.stop();
  });

  it("[DL-18] over the low mark for the grace time is allowed, for longer is not", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle();
    socket.bufferedBytes = settings.outbound.lowBytes;

    await live.settle(settings.outbound.graceMs);
    assert.equal(socket.closed?.code, undefined);
    await live.settle(2_000);

    assert.equal(socket.closed?.code, 4001);
    await live.stop();
  });

  it("[DL-19] published while subscribed = delivered + shed + lost at close", async () => {
    const live = await liveEngine();
    const before = live.engine.totals.published;
    const viewer = await stuckViewer(live);
    const inSnapshot = viewer.socket.of("snapshot")[0]?.items.length ?? 0;
    await flood(live, 7);
    viewer.connection.gone(1006);

    const { published, delivered, shed, lostAtClose } = live.engine.totals;
    const { duplicate } = live.engine.gateway.ledger();
    const expected = viewer.socket.of("batch").length > 0 ? published - before + inSnapshot - duplicate : 0;
    assert.ok(lostAtClose > 0);
    assert.equal(delivered + shed.slow + lostAtClose, expected);
    await live.stop();
  });

  it("[DL-25] silence, an ended token and a flood of frames close with their own codes", async () => {
    const live = await liveEngine();
    const silent = join(live, "r");
    const flooding = join(live, "r");
    const expiring = new FakeSocket();
    const ends = {
      expiresAt: live.clock.wall() + 5_000,
      room: "r",
      principal: user("u"),
      address: "192.0.2.9",
    };
    live.engine.gateway.connect({ ...ends, transport: expiring });
    await live.settle();

    for (let i = 0; i < 500; i++) flooding.connection.receive({ type: "ping" });
    assert.equal(flooding.socket.closed?.code, undefined);
    flooding.connection.receive({ type: "ping" });
    await live.settle(6_000);
    assert.equal(expiring.closed?.code, 4005);
    await live.settle(settings.idleMs);

    assert.equal(flooding.socket.closed?.code, 4504);
    assert.equal(silent.socket.closed?.code, 4002);
    await live.stop();
  });

  it("[DL-26] the viewer count is told when it changed, not more often than set", async () => {
    const live = await liveEngine();
    const { socket } = join(live, "r");
    await live.settle(2_000);
    const other = join(live, "r");
    await live.settle(2_000);
    other.connection.gone(1000);
    await live.settle(6_000);

    assert.deepEqual(
      socket.of("viewers").map(({ count }) => count),
      [1, 2, 1],
    );
    await live.stop();
  });

  it("[DL-26] a large room is told its viewer count less often: once in a ms for each viewer", async () => {
    const live = await liveEngine();
    const first = join(live, "r");
    for (let i = 1; i < 2_500; i += 1) join(live, "r");
    // Told at 2 s; the next time may be 2.5 s later, which is the look at 6 s.
    const counted = async (ms: number): Promise<readonly number[]> => {
      await live.settle(ms);
      return first.socket.of("viewers").map(({ count }) => count);
    };
    assert.deepEqual(await counted(2_000), [2_500]);
    join(live, "r").connection.gone(1000);
    join(live, "r");
    assert.deepEqual(await counted(2_000), [2_500]);
    assert.deepEqual(await counted(2_000), [2_500, 2_501]);
    await live.stop();
  });
});
