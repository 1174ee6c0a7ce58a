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

/** Every connection that a viewer made: for which room, from which place, and how it ended. */
interface Made {
  readonly seat: Seat;
  readonly sink: StreamSink;
  isClosed: boolean;
}

/** Viewers of a server that lets everybody in at once, at the place `head`. */
function audience({
  viewers = 1,
  head = 10,
  refuses = () => false,
}: { viewers?: number; head?: number; refuses?: (made: number) => boolean } = {}) {
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
      const connection: Made = { seat, sink, isClosed: false };
      const number = made.push(connection);
      queueMicrotask(() => {
        if (connection.isClosed) return;
        if (refuses(number)) sink.closed(4003);
        else sink.joined(head, [], seat.now());
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
});
