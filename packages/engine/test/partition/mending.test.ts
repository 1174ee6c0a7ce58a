import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { archivePartition } from "@barrage/engine";
import { OnePartition } from "./one-partition.ts";
import type { Working } from "./one-partition.ts";

/** Everything that the log has by now, in archive and catalogue. */
async function archiveAll(world: OnePartition): Promise<void> {
  using own = world.ctx.cancellable({ name: "archiver" });
  const committed = await world.log.committed("archiver", world.ctx);
  const work = archivePartition(
    {
      partition: world.log,
      committed,
      commit: (seq) => world.log.commit("archiver", seq, world.ctx),
      catalog: world.catalog,
      onEvent: () => undefined,
    },
    own,
  ).catch(() => undefined);
  await world.settle(500);
  own.cancel();
  await work;
}

describe("a window that loses writes while its router works", () => {
  for (const lost of [1, 2, 3]) {
    it(`[PT-8] is filled from the log before the room's next batch (${lost} writes), states included`, async () => {
      const world = new OnePartition();
      await world.make("r");
      const router = world.route(0);
      await world.settle();
      await world.event("r", { type: "title", title: "new" });
      await world.settle();
      await world.say("r", "said");
      await world.settle();
      const before = await world.held("r");
      await world.window.rewind("r", lost);

      const next = await world.say("r", "next");
      await world.settle();

      assert.deepEqual(await world.held("r"), [...before, `${next}-${before.length + 1}`]);
      assert.equal((await world.window.find("r"))?.title, "new");
      await router.stop();
    });
  }

  for (const lost of [1, 2, 3]) {
    it(`[DK-7] is not filled with what was taken back (${lost} writes)`, async () => {
      const world = new OnePartition();
      await world.make("r");
      const router = world.route(0);
      await world.settle();
      await world.say("r", "stays");
      await world.settle();
      await world.say("r", "spam", "loud");
      await world.settle();
      await world.clear("r", "loud");
      await world.settle();
      const before = await world.held("r");
      await world.window.rewind("r", lost);

      const next = await world.say("r", "next");
      await world.settle();

      assert.deepEqual(await world.held("r"), [...before, `${next}-5`]);
      await router.stop();
    });
  }

  it("[PT-8] of what the log has forgotten by then a gap is told, and the order goes on", async () => {
    const world = new OnePartition();
    await world.make("r");
    const router = world.route(0);
    await world.settle();
    await world.say("r", "one");
    await world.settle();
    const two = await world.say("r", "two");
    await world.settle();
    await world.window.rewind("r", 2);
    await world.log.retain(
      { before: world.clock.wall() + 1, keysBefore: 0, maxBytes: 0 },
      two - 1,
      world.ctx,
    );

    const next = await world.say("r", "next");
    await world.settle();

    const { items, floor } = await world.window.read("r", 0, Number.POSITIVE_INFINITY);
    assert.deepEqual([items.map(({ seq, n }) => `${seq}-${n}`), floor], [[`${next}-4`], { seq: two, n: 3 }]);
    await router.stop();
  });

  it("[PT-9] is filled within seconds in a room in which nobody talks", async () => {
    const world = new OnePartition();
    await world.make("r");
    const router = world.route(0);
    await world.settle();
    await world.say("r", "said");
    await world.settle(2_000);
    const before = await world.held("r");
    await world.window.rewind("r", 1);

    await world.settle(5_500);

    assert.deepEqual(await world.held("r"), before);
    await router.stop();
  });

  it("[PT-9] a window that cannot be mended does not end the work; it is tried again", async () => {
    const world = new OnePartition();
    await world.make("r");
    const router = world.route(0);
    await world.settle(2_000);
    await world.window.rewind("r", 1);
    world.window.failures = 1;

    await world.settle(5_500);
    const failed = world.events.filter(({ type }) => type === "publish_failed").length;
    await world.settle(5_500);

    assert.equal(failed, 1);
    assert.deepEqual(await world.held("r"), ["1-1"]);
    await router.stop();
  });

  for (const archived of [0, 1, 2, 3, 4]) {
    it(`[PT-10] one that loses a room whole has it again, of four records ${archived} archived`, async () => {
      const world = new OnePartition();
      const router = world.route(0);
      const say = [
        () => world.make("r"),
        () => world.say("r", "one"),
        () => world.event("r", { type: "mute", uid: "loud", until: null }),
        () => world.say("r", "two"),
      ];
      for (const [i, append] of say.entries()) {
        if (i === archived) await archiveAll(world);
        await append();
        await world.settle();
      }
      if (archived === say.length) await archiveAll(world);
      const before = await world.held("r");
      await world.window.wipe("r");

      await world.say("r", "not heard", "loud");
      const next = await world.say("r", "next");
      await world.settle();

      assert.deepEqual(await world.held("r"), [...before, `${next}-5`]);
      assert.equal((await world.window.find("r"))?.mutes.has("loud"), true);
      await router.stop();
    });

    it(`[PT-10] so it has for a router that takes over, of four records ${archived} archived`, async () => {
      const world = new OnePartition();
      const first = world.route(0);
      const say = [
        () => world.make("r"),
        () => world.say("r", "one"),
        () => world.event("r", { type: "mute", uid: "loud", until: null }),
        () => world.say("r", "two"),
      ];
      let last = 0;
      for (const [i, append] of say.entries()) {
        if (i === archived) await archiveAll(world);
        last = await append();
        await world.settle();
      }
      if (archived === say.length) await archiveAll(world);
      const before = await world.held("r");
      await first.stop();
      await world.window.wipe("r");
      await world.say("r", "not heard", "loud");
      const next = await world.say("r", "next");

      const second = world.route(last);
      await world.settle();

      assert.deepEqual(await world.held("r"), [...before, `${next}-5`]);
      await second.stop();
    });
  }
});

describe("a room of which neither window nor catalogue knows thousands of records", () => {
  /** Several pages of the log. */
  const SAID = 4_500;
  const PAGE = 1_000;
  const roomy = {
    maxItems: 10_000,
    maxBytes: 10_000_000,
    maxAgeMs: 600_000,
    keptItems: 100,
    keptBytes: 100_000,
  };

  /** Made, said in and routed; then the window lost it whole. `last`: its last record. */
  async function lost(): Promise<{ world: OnePartition; last: number; most: () => number; router: Working }> {
    const world = new OnePartition(roomy);
    await world.make("r");
    const router = world.route(0);
    let last = 0;
    for (let i = 0; i < SAID; i += 1) last = await world.say("r", `${i}`);
    await world.settle(1_000);
    assert.equal((await world.held("r")).length, SAID + 1);
    await world.window.wipe("r");
    return { world, last, most: heldOf(world), router };
  }

  /** The most records of the room that were read from the log and not yet written when more were read. */
  function heldOf({ log, window }: OnePartition): () => number {
    let [held, most] = [0, 0];
    const [read, append] = [log.read.bind(log), window.append.bind(window)];
    log.read = async (after, limit, ctx, room) => {
      const records = await read(after, limit, ctx, room);
      if (room !== undefined) most = Math.max(most, (held += records.length));
      return records;
    };
    window.append = async (batch) => {
      const outcome = await append(batch);
      if (outcome === "written") held -= batch.items.length;
      return outcome;
    };
    return () => most;
  }

  const places = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, i) => `${i + 1}-${i + 1}`);

  it("[PT-29] is filled page by page by a router that takes over", async () => {
    const { world, last, most, router } = await lost();
    await router.stop();
    const next = await world.say("r", "next");

    const second = world.route(last, { partition: from(world, last) });
    await world.settle();

    assert.deepEqual(await world.held("r"), places(next));
    assert.equal(most() <= 2 * PAGE, true, `${most()} records`);
    await second.stop();
  });

  it("[PT-29] and goes on where it stood when the window failed between", async () => {
    const { world, last, router } = await lost();
    await router.stop();
    const next = await world.say("r", "next");
    let appends = 0;
    const append = world.window.append.bind(world.window);
    world.window.append = (batch) => {
      appends += 1;
      return appends === 4 ? Promise.reject(new Error("away")) : append(batch);
    };

    const second = world.route(last, { partition: from(world, last) });
    await world.settle(2_000);

    assert.deepEqual(await world.held("r"), places(next));
    await second.stop();
  });

  it("[PT-29] and by the next router where the one that filled it died in between", async () => {
    const { world, last, router } = await lost();
    await router.stop();
    const next = await world.say("r", "next");
    let appends = 0;
    let isAway = true;
    const append = world.window.append.bind(world.window);
    world.window.append = (batch) => {
      appends += 1;
      return isAway && appends > 3 ? Promise.reject(new Error("away")) : append(batch);
    };
    const second = world.route(last, { partition: from(world, last) });
    await world.settle(2_000);
    await second.stop();
    assert.equal((await world.held("r")).length > 0, true);
    isAway = false;

    const third = world.route(last, { partition: from(world, last) });
    await world.settle(2_000);

    assert.deepEqual(await world.held("r"), places(next));
    assert.equal((await world.window.find("r"))?.title, "r");
    await third.stop();
  });

  it("[PT-29] is filled before the next batch of the router that has it", async () => {
    const { world, router } = await lost();

    const next = await world.say("r", "next");
    await world.settle();

    assert.deepEqual(await world.held("r"), places(next));
    await router.stop();
  });

  it("[PT-8] [PT-29] what the log has forgotten of it is a gap, and nothing with another ordinal was ever there", async () => {
    const { world, last, router } = await lost();
    const policy = { before: world.clock.wall() + 1, keysBefore: 0, maxBytes: 0 };
    await world.log.retain(policy, last - 2 * PAGE, world.ctx);
    const appended: (readonly number[])[] = [];
    const append = world.window.append.bind(world.window);
    world.window.append = (batch) => {
      appended.push(batch.items.map(({ n }) => n));
      return append(batch);
    };

    const next = await world.say("r", "next");
    await world.settle();

    assert.deepEqual(await world.held("r"), [`${next}-${next}`]);
    assert.deepEqual(
      appended
        .filter(({ length }) => length > 0)
        .flat()
        .filter((n) => n !== next),
      [],
    );
    await router.stop();
  });
});

describe("a catalogue that cannot be asked", () => {
  /** As `OnePartition`, with a catalogue whose reads fail. */
  const without = () => {
    const world = new OnePartition();
    const catalog = { find: () => Promise.reject(new Error("away")), list: () => Promise.resolve([]) };
    return { world, catalog };
  };

  it("[PT-11] rooms that the window has go on, and new ones are made", async () => {
    const { world, catalog } = without();
    const made = await world.make("r");
    const first = world.route(0, { catalog });
    await world.settle();
    await first.stop();

    const second = world.route(made, { catalog });
    const said = await world.say("r", "said");
    const other = await world.make("other");
    await world.settle();

    assert.deepEqual(await world.held("r"), [`${made}-1`, `${said}-2`]);
    assert.deepEqual(await world.held("other"), [`${other}-1`]);
    await second.stop();
  });

  it("[PT-11] a room that the window loses whole goes on in its order, with a gap that is told", async () => {
    const { world, catalog } = without();
    const made = await world.make("r");
    const router = world.route(0, { catalog });
    await world.settle();
    await world.window.wipe("r");

    const said = await world.say("r", "said");
    await world.settle();

    const { items, floor } = await world.window.read("r", 0, Number.POSITIVE_INFINITY);
    assert.deepEqual([items.map(({ seq, n }) => `${seq}-${n}`), floor], [[`${said}-2`], { seq: made, n: 1 }]);
    assert.equal((await world.window.find("r"))?.title, "r");
    await router.stop();
  });

  it("[PT-11] a room that neither window nor router has waits until somebody knows it", async () => {
    const world = new OnePartition();
    const made = await world.make("r");
    let isAway = true;
    const catalog = {
      find: (room: string) => (isAway ? Promise.reject(new Error("away")) : world.catalog.find(room)),
      list: () => Promise.resolve([]),
    };
    await archiveAll(world);
    const said = await world.say("r", "said");
    const router = world.route(said - 1, { catalog, partition: from(world, made) });
    await world.settle(1_500);
    const during = await world.held("r");
    isAway = false;
    await world.settle(1_500);

    assert.deepEqual([during, await world.held("r")], [[], [`${made}-1`, `${said}-2`]]);
    await router.stop();
  });

  it("[PT-18] a partition that such a room holds up says why, and asks again after 0.2 to 1 s until it goes on", async () => {
    const world = new OnePartition();
    const made = await world.make("r");
    const away = new Error("away");
    let tries = 0;
    let isAway = true;
    const catalog = {
      find: (room: string) => {
        tries += 1;
        return isAway ? Promise.reject(away) : world.catalog.find(room);
      },
      list: () => Promise.resolve([]),
    };
    await archiveAll(world);
    const said = await world.say("r", "said");
    const router = world.route(said - 1, { catalog, partition: from(world, made) });
    await world.settle(10_000);

    assert.deepEqual(router.figures.heldBy, { rooms: 1, error: away });
    assert.equal(tries >= 10 && tries <= 51, true);
    assert.equal(world.events.filter(({ type }) => type === "publish_failed").length, tries);

    isAway = false;
    await world.settle(1_100);

    assert.equal(router.figures.heldBy, undefined);
    assert.deepEqual(await world.held("r"), [`${made}-1`, `${said}-2`]);
    await router.stop();
  });
});

/** The partition as one who follows it after `after` at the earliest: what was before is far back. */
function from({ log }: OnePartition, after: number) {
  return new Proxy(log, {
    get: (target, name) => {
      if (name === "follow")
        return (at: number, ctx: Parameters<typeof log.follow>[1]) => log.follow(Math.max(at, after), ctx);
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
