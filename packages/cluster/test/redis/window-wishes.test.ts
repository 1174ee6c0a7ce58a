import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootContext, scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { FakeClock } from "@barrage/testkit";
import { OwnWishes, WishedWindows, WISH_DEFAULTS } from "../../src/index.ts";
import type { RedisWishes } from "../../src/index.ts";

const { everyMs, keepMs } = WISH_DEFAULTS;
const BOUNDS = { minMs: 10, maxMs: 250 };

/** What gateways wish for, in a Redis that may be away. */
class Wishes implements Pick<RedisWishes, "tell" | "longest"> {
  isAway = false;
  readonly held = new Map<string, number>();
  /** Rooms that were asked for last. */
  asked: readonly string[] = [];

  tell(
    wishes: Iterable<readonly [string, number]>,
    _ctx: unknown,
    told: (room: string) => void = () => undefined,
  ): Promise<void> {
    if (this.isAway) return Promise.reject(new Error("Redis is away"));
    for (const [room, ms] of wishes) {
      if (ms === 0) this.held.delete(room);
      else this.held.set(room, ms);
      told(room);
    }
    return Promise.resolve();
  }

  longest(rooms: Iterable<string>, _ctx: unknown, found: (room: string, ms: number) => void): Promise<void> {
    this.asked = [...rooms];
    if (this.isAway) return Promise.reject(new Error("Redis is away"));
    for (const room of this.asked) found(room, this.held.get(room) ?? 0);
    return Promise.resolve();
  }
}

/** Something that runs, on a clock of the test's. */
async function running(
  run: (ctx: Context) => Promise<void>,
  body: (clock: FakeClock, end: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  await scope(
    async (own) => {
      const task = own.spawn((ctx) => run(ctx).catch(() => undefined), { name: "wishes" });
      await clock.advance(0);
      await body(clock, async () => {
        task.cancel();
        await task.catch(() => undefined);
      });
      own.cancel();
    },
    { parent: rootContext({ clock }) },
  );
}

describe("a gateway's wishes", () => {
  it("[RD-46] are told every second, taken back when they ended, and all of them at the end", async () => {
    const wishes = new Wishes();
    const wanted = new Map([["r", 40], ["s", 90]]); // prettier-ignore
    const own = new OwnWishes(wishes, () => wanted);
    await running((ctx) => own.run(ctx), async (clock, end) => {
      assert.deepEqual([...wishes.held], [["r", 40], ["s", 90]]);
      wanted.delete("r");
      wanted.set("s", 60);
      await clock.advance(everyMs);

      assert.deepEqual([...wishes.held], [["s", 60]]);
      assert.equal(own.figures.rooms, 1);
      await end();
      assert.deepEqual([...wishes.held], []);
    }); // prettier-ignore
  });

  it("[RD-46] are told again when Redis is back; of those that ended meanwhile nothing is kept", async () => {
    const wishes = new Wishes();
    let wanted: [string, number][] = [["r", 40], ["s", 90]]; // prettier-ignore
    const own = new OwnWishes(wishes, () => wanted);
    await running((ctx) => own.run(ctx), async (clock) => {
      wishes.isAway = true;
      for (let i = 0; i < 5; i += 1) {
        wanted = [[`room${i}`, 40]];
        await clock.advance(everyMs);
        assert.equal(own.figures.rooms, 1);
      }
      assert.equal(own.figures.failed, 5);
      wishes.isAway = false;
      await clock.advance(everyMs);

      assert.equal(wishes.held.get("room4"), 40);
    }); // prettier-ignore
  });
});

describe("the windows that a router uses", () => {
  async function routing(
    body: (run: {
      clock: FakeClock;
      wishes: Wishes;
      windows: WishedWindows;
      counts: Map<string, number>;
    }) => Promise<void>,
  ): Promise<void> {
    const wishes = new Wishes();
    const windows = new WishedWindows(wishes, BOUNDS);
    const counts = new Map([["r", 2], ["quiet", 1]]); // prettier-ignore
    using _ = windows.watch(() => counts);
    await running((ctx) => windows.run(ctx), (clock) => body({ clock, wishes, windows, counts })); // prettier-ignore
  }

  it("[RD-47] are the longest wish within the bounds, of rooms that speak more than once a second", async () => {
    await routing(async ({ clock, wishes, windows }) => {
      assert.deepEqual([windows.of("r"), windows.longestMs], [10, 10]);
      for (const [wished, inForce] of [
        [9, 10],
        [10, 10],
        [11, 11],
        [249, 249],
        [250, 250],
        [251, 250],
        [0, 10],
      ] as const) {
        // prettier-ignore
        wishes.held.set("r", wished);
        wishes.held.set("quiet", 40);
        await clock.advance(everyMs);
        assert.deepEqual([windows.of("r"), windows.longestMs], [inForce, inForce]);
        assert.deepEqual([windows.of("quiet"), wishes.asked], [10, ["r"]]);
      }
    });
  });

  it("[RD-47] hold for a while when Redis is away or the room is silent, and are then the smallest", async () => {
    await routing(async ({ clock, wishes, windows, counts }) => {
      wishes.held.set("r", 80);
      await clock.advance(everyMs);
      wishes.isAway = true;
      await clock.advance(keepMs - everyMs);
      assert.equal(windows.of("r"), 80);
      await clock.advance(everyMs);
      assert.deepEqual([windows.of("r"), windows.figures.rooms], [10, 0]);
      assert.equal(windows.figures.failed > 0, true);

      wishes.isAway = false;
      await clock.advance(everyMs);
      assert.equal(windows.of("r"), 80);
      counts.clear();
      await clock.advance(keepMs);
      assert.equal(windows.of("r"), 10);
    });
  });

  it("[RD-47] of a room that is published elsewhere by now nobody asks", async () => {
    const wishes = new Wishes();
    const windows = new WishedWindows(wishes, BOUNDS);
    const watching = windows.watch(() => new Map([["r", 9]]));
    await running((ctx) => windows.run(ctx), async (clock) => {
      assert.deepEqual(wishes.asked, ["r"]);
      watching[Symbol.dispose]();
      await clock.advance(everyMs);
      assert.deepEqual(wishes.asked, []);
    }); // prettier-ignore
  });
});
