import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, scope } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { marked, Random, RoomLedger, ViewerStream } from "../../src/index.ts";
import type { LoadPlan, ProtocolAdapter, Seat, StreamSink } from "../../src/index.ts";
import { startDisturbances } from "../../src/run/disturbances.ts";
import { SecondTally } from "../../src/run/second.ts";
import { Viewer } from "../../src/run/viewer.ts";
import { planFor } from "../reference/plans.ts";

const NO_EFFORT = { cpu: 0, loopDelayP99Ms: 0, loopDelayMaxMs: 0, sendLagMaxMs: 0 };

/** Every connection that a viewer made: for which room, from which place, and how it ended. */
interface Made {
  readonly seat: Seat;
  readonly sink: StreamSink;
  /** Units: ms of the clock. */
  readonly at: number;
  isClosed: boolean;
}

/** Viewers of a server that lets everybody in at once, at the place `head`. */
function audience({
  viewers = 1,
  head = 10,
  refuses = () => false,
  toldMs,
}: { viewers?: number; head?: number; refuses?: (made: number) => boolean; toldMs?: number } = {}) {
  const made: Made[] = [];
  const clock = new FakeClock();
  const ctx = rootContext({ clock });
  const tally = new SecondTally();
  const ledgers = new Map(["a", "b", "c"].map((room) => [room, new RoomLedger(room, "t1")]));
  const adapter: ProtocolAdapter = {
    name: "made up",
    publishes: ["http"],
    login: () => Promise.resolve(undefined),
    publisher: () => assert.fail("nobody publishes"),
    view(_, seat, sink) {
      const connection: Made = { seat, sink, at: clock.now(), isClosed: false };
      const number = made.push(connection);
      queueMicrotask(() => {
        if (connection.isClosed) return;
        if (refuses(number)) {
          if (toldMs !== undefined) sink.comeBackIn?.(toldMs);
          sink.closed(4006);
        } else sink.joined(head, [], seat.now());
      });
      return {
        opened: Promise.resolve(),
        heartbeat: () => {},
        pause: () => {},
        resume: () => {},
        close: () => void (connection.isClosed = true),
      };
    },
  };
  const visit = (room: string) => {
    const ledger = ledgers.get(room);
    assert.ok(ledger);
    const stream = new ViewerStream({ ledger, counts: tally, sample: () => false, machineOffsetMs: 0 });
    return { room, stream };
  };
  const all = Array.from(
    { length: viewers },
    () => new Viewer({ adapter, target: { host: "h", port: 1 }, visit, tally, ctx }, "a"),
  );
  return { all, made, clock, ctx, tally, ledgers };
}

/** Lets the viewers behave as the plan says for so long. */
async function behave(
  { all, clock, ctx }: ReturnType<typeof audience>,
  changes: Partial<LoadPlan>,
  forMs: number,
): Promise<void> {
  const plan = planFor(1, { rooms: ["a", "b", "c"], ...changes });
  await scope(
    async (tasks) => {
      const parts = { plan, part: { index: 0, of: 1 }, random: new Random(1), viewers: all };
      const beside = startDisturbances(parts, clock.now(), tasks);
      await clock.advance(forMs);
      beside.cancel();
    },
    { parent: ctx },
  );
}

describe("a viewer", () => {
  it("[LD-44] leaves a room and enters another; each visit is judged from its first place to its last", async () => {
    const it = audience();
    const [viewer] = it.all;
    assert.ok(viewer);
    const ledger = it.ledgers.get("a");
    assert.ok(ledger);
    await viewer.connect();
    const text = (key: number): string => marked({ run: "t1", key, dueAt: 1 }, "");
    viewer.batch({ prev: 10, seq: 11, count: 1, shed: 0 }, [{ seq: 11, content: text(1) }], 5);
    viewer.batch({ prev: 12, seq: 13, count: 1, shed: 0 }, [{ seq: 13, content: text(3) }], 5);

    viewer.leave();
    await viewer.enter("b");

    // 11 came, 12 did not, 13 came, 14 was after the viewer had left.
    ledger.addAcks([1, 11, 1, 2, 12, 1, 3, 13, 1, 4, 14, 1]);
    const [first, second] = viewer.visits;
    const { expected, received, lost } = first?.stream.verdict(ledger.expectation()) ?? {};
    assert.deepEqual({ expected, received, lost }, { expected: 3, received: 2, lost: 1 });
    assert.deepEqual([second?.room, viewer.room, it.made.at(-1)?.seat.since], ["b", "b", undefined]);
    assert.deepEqual([it.tally.connections, it.made[0]?.isClosed], [1, true]);
  });

  it("[LD-44] comes and goes at moments of its own, into rooms by popularity", async () => {
    const it = audience({ viewers: 20 });
    for (const viewer of it.all) await viewer.connect();

    await behave(it, { comeAndGo: { share: 0.5, stayMs: 1_000, awayMs: 500, elsewhere: true } }, 10_000);

    const visits = it.all.map((viewer) => viewer.visits.length);
    const restless = visits.filter((count) => count > 1);
    assert.ok(restless.length > 4 && restless.length < 16, `${restless.length} of 20`);
    // 10 s of rounds that take 1.5 s on average, and at least half of that.
    assert.ok(
      restless.every((count) => count >= 3 && count <= 15),
      visits.join(" "),
    );
    const entered = new Set(it.all.flatMap((viewer) => viewer.visits.slice(1).map(({ room }) => room)));
    assert.deepEqual([...entered].toSorted(), ["a", "b", "c"]);
  });

  it("[LD-44] of a crowd comes and leaves with it", async () => {
    const it = audience({ viewers: 10 });
    const crowds = [{ share: 1, comesAt: 2, leavesAt: 5 }];
    const isInAt = async (ms: number): Promise<number> => {
      await behave(it, { crowds }, ms);
      return it.all.filter((viewer) => viewer.isIn).length;
    };

    assert.equal(await isInAt(1_900), 0);
    assert.equal(await isInAt(2_100), 10);
    for (const viewer of it.all) viewer.leave();
    const again = audience({ viewers: 10 });
    await behave(again, { crowds }, 5_100);
    assert.equal(again.all.filter((viewer) => viewer.isIn).length, 0);
    assert.equal(again.made.length, 10);
  });

  it("[LD-45] comes back with the place it had when its connection is closed so, and stays away otherwise", async () => {
    const it = audience({ viewers: 2 });
    for (const viewer of it.all) await viewer.connect();
    it.made[0]?.sink.closed(4001);
    it.made[1]?.sink.closed(4503);

    await behave(it, {}, 2_000);

    assert.deepEqual(
      it.all.map((viewer) => [viewer.isIn, viewer.isLost]),
      [
        [true, false],
        [false, false],
      ],
    );
    assert.deepEqual(
      it.made.map(({ seat }) => seat.since),
      [undefined, undefined, 10],
    );
    assert.equal(it.tally.connections, 1);
  });

  it("[LD-45] waits longer after each attempt that failed, and comes back all the same", async () => {
    const it = audience({ refuses: (made) => made > 1 && made < 6 });
    const [viewer] = it.all;
    assert.ok(viewer);
    await viewer.connect();
    it.made[0]?.sink.closed(1006);

    await behave(it, {}, 60_000);

    assert.deepEqual([viewer.isIn, it.made.length], [true, 6]);
    assert.deepEqual(it.made.map(({ seat }) => seat.since).slice(1), [10, 10, 10, 10, 10]);
  });

  it("[LD-90] waits as long as the server told it, once, and is no failure then", async () => {
    const it = audience({ refuses: (made) => made === 2, toldMs: 40_000 });
    const [viewer] = it.all;
    assert.ok(viewer);
    await viewer.connect();
    it.made[0]?.sink.closed(1006);

    await behave(it, {}, 60_000);

    const [, refused, last] = it.made.map(({ at }) => at);
    assert.deepEqual([viewer.isIn, it.made.length, (last ?? 0) - (refused ?? 0)], [true, 3, 40_000]);
    assert.equal(viewer.takeToldWait(), undefined);
    assert.deepEqual(it.tally.take(0, NO_EFFORT, []).faults, {});
  });

  it("[LD-91] of a storm is cut at its moment, and comes back at one of its own within the time", async () => {
    const it = audience({ viewers: 100 });
    for (const viewer of it.all) await viewer.connect();
    const storms = [{ at: 1, share: 0.4, withinMs: 2_000 }];
    const isInAfter = async (ms: number): Promise<number> => {
      const again = audience({ viewers: 100 });
      for (const viewer of again.all) await viewer.connect();
      await behave(again, { storms }, ms);
      // The end of the run loses who is still away.
      return again.all.filter((viewer) => viewer.isIn).length;
    };

    const [cut, half, all] = [await isInAfter(1_001), await isInAfter(2_000), await isInAfter(3_001)];

    assert.ok(cut > 45 && cut < 75, `${cut} of 100 are in when the others were cut`);
    assert.ok(half > cut + 5 && half < 95, `${half} of 100 are in after half the time`);
    assert.equal(all, 100);
    await behave(it, { storms }, 3_001);
    assert.equal(it.made.length, 200 - cut);
    assert.deepEqual([...new Set(it.made.map(({ seat }) => seat.since))], [undefined, 10]);
  });

  it("[LD-91] that is still away when the run ends is lost, and one that leaves meanwhile stays away", async () => {
    const it = audience({ viewers: 2 });
    for (const viewer of it.all) await viewer.connect();
    const [first, second] = it.all;
    assert.ok(first && second);
    const away = it.ctx.cancellable();

    const returns = Promise.allSettled([
      first.comeBack({ ms: 1_000, ctx: away }),
      second.comeBack({ ms: 500, ctx: it.ctx }),
    ]);
    second.leave();
    away.cancel();
    await it.clock.advance(1_000);
    const [, left] = await returns;

    assert.deepEqual([first.isLost, second.isLost, second.isIn], [true, false, false]);
    assert.deepEqual(left, { status: "fulfilled", value: false });
    assert.equal(it.made.length, 2);
  });
});
