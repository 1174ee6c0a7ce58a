import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCancelled } from "@barrage/kernel";
import { FencedError } from "./process-life.ts";
import { OnePartition } from "./one-partition.ts";

describe("a router that takes a partition over", () => {
  it("[PT-3] goes on where the window stands: places, ordinals and mutes are as if there had been one router", async () => {
    const world = new OnePartition();
    const made = await world.make("r");
    const muted = await world.event("r", { type: "mute", uid: "loud", until: null });
    const first = world.route(0);
    await world.settle();
    await first.stop();

    await world.say("r", "not heard", "loud");
    const heard = await world.say("r", "heard");
    const second = world.route(muted);
    await world.settle();

    assert.deepEqual(await world.held("r"), [`${made}-1`, `${muted}-2`, `${heard}-3`]);
    assert.deepEqual([world.totals.muted, (await world.window.find("r"))?.mutes.has("loud")], [1, true]);
    await second.stop();
  });

  it("[PT-4] publishes again what the window has after the committed place, once, with its place in the chain", async () => {
    const world = new OnePartition();
    const made = await world.make("r");
    const one = await world.say("r", "one");
    const two = await world.say("r", "two");
    const first = world.route(0);
    await world.settle();
    await first.stop();
    world.batches.length = 0;

    const second = world.route(made);
    await world.settle(400);
    const again = [...world.batches];
    const three = await world.say("r", "three");
    await world.settle();

    assert.deepEqual(
      again.map(({ prev, seq, items }) => [prev, seq, items.length]),
      [[made, two, 2]],
    );
    assert.deepEqual(world.published("r"), [one, two, three]);
    assert.deepEqual(world.batches.at(-1)?.prev, two);
    await second.stop();
  });

  it("[PT-4] of records that were recalled since only their places are left", async () => {
    const world = new OnePartition();
    const made = await world.make("r");
    await world.say("r", "one");
    const two = await world.say("r", "two");
    const first = world.route(0);
    await world.settle();
    await first.stop();
    await world.window.remove("r", ({ seq }) => seq === two);
    world.batches.length = 0;

    const second = world.route(made);
    await world.settle(400);

    assert.deepEqual(
      world.batches.map(({ prev, seq, items }) => [prev, seq, items.length]),
      [[made, two, 1]],
    );
    await second.stop();
  });

  for (const lost of [1, 2, 3]) {
    it(`[PT-7] writes and publishes what a failover took back of what was committed (${lost} writes)`, async () => {
      const world = new OnePartition();
      await world.make("r");
      const first = world.route(0);
      await world.settle();
      await world.event("r", { type: "mute", uid: "loud", until: null });
      await world.settle();
      const last = await world.say("r", "said");
      await world.settle(200);
      await first.stop();
      const before = await world.held("r");
      await world.window.rewind("r", lost);

      const second = world.route(last);
      await world.settle();

      assert.equal(world.commits.at(-1), last);
      assert.deepEqual(await world.held("r"), before);
      assert.equal((await world.window.find("r"))?.mutes.has("loud"), true);
      await second.stop();
    });
  }
});

describe("commits of a router", () => {
  it("[PT-5] name only what window and feed have, at most every 100 ms", async () => {
    const world = new OnePartition();
    await world.make("r");
    world.window.failures = 1;
    const router = world.route(0);
    await world.settle(500);
    const during = [...world.commits];
    await world.settle(600);
    const after = [...world.commits];
    for (let i = 0; i < 10; i++) {
      await world.say("r", `said ${i}`);
      await world.settle(50);
    }

    assert.deepEqual([during, after], [[], [1]]);
    const inHalfASecond = world.commits.length - after.length;
    assert.equal(inHalfASecond >= 4 && inHalfASecond <= 6, true, `${inHalfASecond} commits`);
    await router.stop();
  });

  it("[PT-5] the last one is at the end", async () => {
    const world = new OnePartition();
    await world.make("r");
    const router = world.route(0);
    await world.settle(10);
    const last = await world.say("r", "just before");
    await world.settle(20);
    const before = world.commits.at(-1);
    const reason = await router.stop();

    assert.equal(before === last, false);
    assert.equal(world.commits.at(-1), last);
    assert.equal(isCancelled(reason), true);
  });

  it("[PT-6] one that is refused ends the work: nothing is written any more, no head is repeated", async () => {
    const world = new OnePartition();
    await world.make("r");
    const error = new FencedError("another has it");
    const router = world.route(0, { commit: () => Promise.reject(error) });
    await world.settle(20);

    assert.equal(await router.ended, error);
    const before = world.batches.length;
    await world.say("r", "too late");
    await world.settle(20_000);
    assert.equal(world.batches.length, before);
    assert.equal(world.clock.pendingTimers, 0);
    await router.stop();
  });
});
