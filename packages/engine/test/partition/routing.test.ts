import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unlessCancelled } from "@barrage/kernel";
import type { RecentWindow, StoredStates } from "@barrage/engine";
import { OnePartition } from "./one-partition.ts";

/** The same window, with writes of its own. */
const withAppend = (window: RecentWindow, append: RecentWindow["append"]): RecentWindow => ({
  append,
  open: (...args) => window.open(...args),
  read: (...args) => window.read(...args),
  remove: (...args) => window.remove(...args),
});

/** A window whose writes of one room wait while it is away. */
function withoutRoom(window: RecentWindow, room: string): { window: RecentWindow; comeBack(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const own = withAppend(window, async (batch, ctx) => {
    if (batch.room === room) await promise;
    return window.append(batch, ctx);
  });
  return { window: own, comeBack: resolve };
}

describe("a partition's router at work", () => {
  it("[PT-13] the state goes to the window with the batch that changed it, and never over the feed", async () => {
    const world = new OnePartition();
    await world.make("r");
    const router = world.route(0);
    await world.settle();
    await world.event("r", { type: "title", title: "new" });
    await world.settle();

    assert.equal((await world.window.find("r"))?.title, "new");
    assert.equal(world.batches.length, 2);
    assert.equal(
      world.batches.some((batch) => "state" in batch),
      false,
    );
    await router.stop();
  });

  it("[PT-14] a room whose window is away does not hold up the others, and is not committed", async () => {
    const world = new OnePartition();
    const { window, comeBack } = withoutRoom(world.window, "stuck");
    const router = world.route(0, { window });
    const stuck = await world.make("stuck");
    const other = await world.make("other");
    await world.settle(300);
    const during = [world.published("stuck"), world.published("other"), [...world.commits]];
    comeBack();
    await world.settle(300);

    assert.deepEqual(during, [[], [other], []]);
    assert.deepEqual([world.published("stuck"), world.commits.at(-1)], [[stuck], other]);
    await router.stop();
  });

  it("[PT-14] while more than 20,000 records wait for a window that is away, the log keeps the rest", async () => {
    const world = new OnePartition();
    const { window, comeBack } = withoutRoom(world.window, "stuck");
    await world.make("stuck");
    for (let i = 0; i < 22_000; i++) await world.say("stuck", "said");
    const router = world.route(0, { window });
    await world.settle(300);
    const { waiting } = router.figures;
    comeBack();
    await world.settle(300);

    assert.equal(waiting > 20_000 && waiting < 22_000, true, `${waiting} wait`);
    assert.deepEqual([router.figures.waiting, router.figures.published], [0, 22_001]);
    await router.stop();
  });

  it("[PT-15] a room that is silent for the resume horizon is forgotten, and goes on with its next record", async () => {
    const world = new OnePartition();
    const finds: string[] = [];
    const states = {
      find: (room: string) => {
        finds.push(room);
        return world.window.find(room);
      },
    };
    const made = await world.make("r");
    const router = world.route(0, { states });
    await world.settle();
    const before = finds.length;
    await world.settle(660_000);
    world.batches.length = 0;
    const said = await world.say("r", "said");
    await world.settle();

    assert.deepEqual([before > 0, finds.length > before], [true, true]);
    assert.deepEqual(world.published("r"), [said]);
    assert.deepEqual(world.batches[0]?.prev, made);
    assert.equal((await world.window.find("r"))?.head.n, 2);
    await router.stop();
  });
});

describe("a partition's router that waits to learn of a room", () => {
  it("[PT-15] loses no record of a room that it forgets meanwhile", async () => {
    const world = new OnePartition();
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const states: StoredStates = {
      find: async (room) => {
        if (room === "slow") await answered;
        return world.window.find(room);
      },
    };
    const made = await world.make("r");
    const router = world.route(0, { states });
    // Not long enough for it to be forgotten.
    await world.settle(590_000);
    const [slow, said] = await Promise.all([world.make("slow"), world.say("r", "said")]);
    await world.settle(60_000);
    const during = [world.published("slow"), world.published("r")];
    answer();
    await world.settle();

    assert.deepEqual(during, [[], [made]]);
    assert.deepEqual([world.published("slow"), world.published("r")], [[slow], [made, said]]);
    assert.equal(world.commits.at(-1), said);
    await router.stop();
  });
});

describe("a partition's router that is told to end", () => {
  /** So long that nothing but the end flushes. */
  const LONG_MS = 100_000;

  it("[PT-17] publishes what it has folded, without waiting for flush windows, and commits it", async () => {
    const world = new OnePartition();
    const made = await world.make("r");
    const router = world.route(0, { windowMs: () => LONG_MS });
    await world.settle();
    const said = [await world.say("r", "one"), await world.say("r", "two")];
    await world.settle();
    assert.deepEqual([world.published("r"), router.figures.waiting], [[made], 2]);
    const ended = router.stop();
    await world.settle(0);
    await ended;

    assert.deepEqual(world.published("r"), [made, ...said]);
    assert.equal(world.commits.at(-1), said.at(-1));
  });

  it("[PT-17] does not wait for a room whose window fails: that is the next owner's", async () => {
    const world = new OnePartition();
    const window = withAppend(world.window, (batch) =>
      batch.room === "stuck" ? Promise.reject(new Error("away")) : world.window.append(batch),
    );
    const router = world.route(0, { window, windowMs: () => LONG_MS });
    const other = await world.make("other");
    const stuck = await world.make("stuck");
    await world.settle();
    const late = [await world.say("stuck", "one"), await world.say("other", "two")];
    await world.settle();
    const ended = router.stop();
    await world.settle(0);
    await ended;

    assert.deepEqual([world.published("stuck"), world.published("other")], [[], [other, late[1]]]);
    assert.equal(world.commits.at(-1), stuck - 1);
  });

  it("[PT-17] waits half a second for a window that does not answer, and no longer", async () => {
    const world = new OnePartition();
    const window = withAppend(world.window, (_, ctx) =>
      unlessCancelled(new Promise<never>(() => undefined), ctx),
    );
    await world.make("stuck");
    const router = world.route(0, { window });
    await world.settle();
    let isOver = false;
    const ended = router.stop().then(() => (isOver = true));
    await world.settle(499);
    assert.equal(isOver, false);
    await world.settle(1);
    await ended;

    assert.deepEqual([world.published("stuck"), world.commits], [[], []]);
  });
});

describe("two routers on one partition", () => {
  it("[PT-12] give every record the same place, whoever writes it first, and the same state", async () => {
    const world = new OnePartition();
    await world.make("r");
    const [one, other] = [world.route(0), world.route(0)];
    const expected = ["1-1"];
    for (let i = 0; i < 10; i++) {
      expected.push(`${await world.say("r", `said ${i}`)}-${expected.length + 1}`);
      if (i % 3 === 0)
        expected.push(`${await world.event("r", { type: "title", title: `t${i}` })}-${expected.length + 1}`);
      await world.settle(7);
    }
    await world.settle(200);

    assert.deepEqual(await world.held("r"), expected);
    assert.equal((await world.window.find("r"))?.title, "t9");
    await one.stop();
    await other.stop();
  });
});
