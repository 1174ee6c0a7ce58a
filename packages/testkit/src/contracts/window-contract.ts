import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Batch, RecentWindow, WindowBounds } from "@barrage/engine";
import { rootContext } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import { FakeClock } from "../clock/fake-clock.ts";
import { danmaku } from "./entries.ts";

/** A window under test, empty. */
export interface WindowUnderTest extends AsyncDisposable {
  readonly window: RecentWindow;
}

/** `ctx` carries the clock that ages are measured with. */
export type MakeWindow = (bounds: WindowBounds, ctx: Context) => Promise<WindowUnderTest>;

const WIDE: WindowBounds = { maxItems: 1_000, maxBytes: 10_000_000, maxAgeMs: 60_000 };
const ALL = Number.POSITIVE_INFINITY;
/** Seqs as they come of a late epoch: sixteen digits, which a double holds and `%.14g` does not. */
const LATE = 8_191 * 2 ** 40;

interface Run extends AsyncDisposable {
  readonly window: RecentWindow;
  readonly clock: FakeClock;
  readonly ctx: Context;
  /** Appends one batch with records of these seqs; `n` is the count so far. */
  say(...seqs: readonly number[]): Promise<string>;
  item(seq: number, n: number, content?: string): Item;
  seqs(after?: number, limit?: number): Promise<readonly number[]>;
}

function runOf(make: MakeWindow): (bounds?: Partial<WindowBounds>) => Promise<Run> {
  return async (bounds = {}) => {
    const clock = new FakeClock();
    const ctx = rootContext({ clock });
    const { window, [Symbol.asyncDispose]: dispose } = await bound(make({ ...WIDE, ...bounds }, ctx));
    let [prev, n] = [0, 0];
    const item = (seq: number, ordinal: number, content = `said ${seq}`): Item => ({
      ...danmaku(`i${seq}`, { at: clock.wall(), content }),
      seq,
      n: ordinal,
    });
    const say = async (...seqs: readonly number[]): Promise<string> => {
      const items = seqs.map((seq) => item(seq, (n += 1)));
      const outcome = await window.append(batchOf(prev, items), ctx);
      prev = seqs.at(-1) ?? prev;
      return outcome;
    };
    const seqs = async (after = 0, limit = ALL): Promise<readonly number[]> =>
      (await window.read("r", after, limit, ctx)).items.map(({ seq }) => seq);
    return { window, clock, ctx, say, item, seqs, [Symbol.asyncDispose]: dispose };
  };
}

/** Methods of the fixture survive being taken apart. */
async function bound(made: Promise<WindowUnderTest>): Promise<WindowUnderTest> {
  const fixture = await made;
  return { window: fixture.window, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}

const batchOf = (prev: number, items: readonly Item[], room = "r"): Batch => ({
  room,
  prev,
  seq: items.at(-1)?.seq ?? prev,
  items,
});

/** Registers the tests that every `RecentWindow` passes; each gets an empty one of its own. */
export function windowContract(name: string, make: MakeWindow): void {
  describe(`${name} as a recent window`, () => {
    const start = runOf(make);
    appending(start);
    reading(start);
    bounds(start);
    opening(start);
    removing(start);
  });
}

type Start = ReturnType<typeof runOf>;

function appending(start: Start): void {
  it("[RD-1] takes a batch whose prev is the room's head, and gives its records back as they were", async () => {
    await using run = await start();
    const withheld = { seq: 5, count: 2, content: "弹" };
    const items = [run.item(5, 1, '弹幕 "quoted" \u{1f600}\\'), { ...run.item(9, 2), withheld }];

    assert.equal(await run.window.append(batchOf(0, items), run.ctx), "written");

    const slice = await run.window.read("r", 0, ALL, run.ctx);
    assert.deepEqual(slice, { items, head: { seq: 9, n: 2 }, floor: { seq: 0, n: 0 } });
  });

  it("[RD-1] leaves everything as it was and says behind when its head is lower than prev", async () => {
    await using run = await start();
    await run.say(1, 2);

    assert.equal(await run.window.append(batchOf(3, [run.item(4, 4)]), run.ctx), "behind");

    assert.deepEqual(await run.seqs(), [1, 2]);
    assert.equal((await run.window.read("r", 0, ALL, run.ctx)).head.seq, 2);
  });

  it("[RD-1] leaves everything as it was and says ahead when its head is higher than prev", async () => {
    await using run = await start();
    await run.say(1, 2);

    assert.equal(await run.window.append(batchOf(1, [run.item(2, 2)]), run.ctx), "ahead");
    assert.equal(await run.window.append(batchOf(1, [run.item(7, 2)]), run.ctx), "ahead");

    assert.deepEqual(await run.seqs(), [1, 2]);
  });

  it("[RD-1] of batches sent at once, those after a lost one are refused: no hole", async () => {
    await using run = await start();
    const batches = [1, 2, 3, 4, 5].map((seq) => batchOf(seq - 1, [run.item(seq, seq)]));

    const sent = batches.filter(({ seq }) => seq !== 3);
    const outcomes = await Promise.all(sent.map((batch) => run.window.append(batch, run.ctx)));

    assert.deepEqual(outcomes, ["written", "written", "behind", "behind"]);
    assert.deepEqual(await run.seqs(), [1, 2]);
  });

  it("[RD-1] tells seqs of sixteen digits apart by one", async () => {
    await using run = await start();
    await run.say(LATE + 1);

    assert.equal(await run.window.append(batchOf(LATE + 2, [run.item(LATE + 3, 2)]), run.ctx), "behind");
    assert.equal(await run.window.append(batchOf(LATE, [run.item(LATE + 3, 2)]), run.ctx), "ahead");
    assert.equal(await run.say(LATE + 2), "written");
    assert.deepEqual(await run.seqs(LATE + 1), [LATE + 2]);
  });

  it("[RD-2] keeps rooms apart", async () => {
    await using run = await start();
    await run.say(1, 2);

    assert.equal(await run.window.append(batchOf(0, [run.item(3, 1)], "other"), run.ctx), "written");

    assert.deepEqual(await run.seqs(), [1, 2]);
    assert.equal((await run.window.read("other", 0, ALL, run.ctx)).head.seq, 3);
  });
}

function reading(start: Start): void {
  it("[RD-3] knows nothing of a room that never was", async () => {
    await using run = await start();

    const none = { seq: 0, n: 0 };
    assert.deepEqual(await run.window.read("r", 0, 10, run.ctx), { items: [], head: none, floor: none });
  });

  it("[RD-3] gives what is above `after`, the newest `limit` of it, oldest first", async () => {
    await using run = await start();
    await run.say(2, 4, 6);
    await run.say(8);

    assert.deepEqual(await run.seqs(0), [2, 4, 6, 8]);
    assert.deepEqual(await run.seqs(3), [4, 6, 8]);
    assert.deepEqual(await run.seqs(4), [6, 8]);
    assert.deepEqual(await run.seqs(0, 2), [6, 8]);
    assert.deepEqual(await run.seqs(8), []);
    assert.deepEqual(await run.seqs(99), []);
    assert.deepEqual(await run.seqs(0, 0), []);
  });
}

function bounds(start: Start): void {
  for (const [count, first] of [
    [2, 1],
    [3, 1],
    [4, 2],
    [9, 7],
  ] as const) {
    it(`[RD-4] of at most 3 records, after ${count} the oldest is ${first}, and the floor before it`, async () => {
      await using run = await start({ maxItems: 3 });
      for (let seq = 1; seq <= count; seq++) await run.say(seq * 10);

      assert.equal((await run.seqs())[0], first * 10);
      const { floor } = await run.window.read("r", 0, ALL, run.ctx);
      assert.deepEqual(floor, { seq: (first - 1) * 10, n: first - 1 });
    });
  }

  it("[RD-4] a batch longer than the window leaves its newest", async () => {
    await using run = await start({ maxItems: 3 });

    await run.say(1, 2, 3, 4, 5);

    assert.deepEqual(await run.seqs(), [3, 4, 5]);
    assert.deepEqual((await run.window.read("r", 0, ALL, run.ctx)).floor, { seq: 2, n: 2 });
  });

  it("[RD-4] never holds more bytes of JSON than allowed, and as little fewer as it can", async () => {
    const maxBytes = 8_000;
    await using run = await start({ maxBytes });
    for (let seq = 1; seq <= 100; seq++) await run.say(seq);

    const { items, floor } = await run.window.read("r", 0, ALL, run.ctx);
    const bytes = Buffer.byteLength(items.map((item) => JSON.stringify(item)).join(""));
    assert.equal(bytes <= maxBytes, true);
    assert.equal(items.length >= 8, true);
    assert.equal(items.at(-1)?.seq, 100);
    assert.equal(floor.seq, 100 - items.length);
  });

  it("[RD-4] forgets by age also where nothing more is said; the head stays", async () => {
    await using run = await start({ maxAgeMs: 60_000 });
    await run.say(1, 2);
    await run.clock.advance(30_000);
    await run.say(3);

    await run.clock.advance(30_000);
    assert.deepEqual(await run.seqs(), [1, 2, 3]);
    await run.clock.advance(1);
    assert.deepEqual(await run.seqs(), [3]);
    await run.clock.advance(30_000);

    const { items, head, floor } = await run.window.read("r", 0, ALL, run.ctx);
    assert.deepEqual({ items, head, floor }, { items: [], head: { seq: 3, n: 3 }, floor: { seq: 3, n: 3 } });
    assert.equal(await run.say(4), "written");
  });
}

function opening(start: Start): void {
  it("[RD-5] opened, it stands where it was told to, with the records it was given", async () => {
    await using run = await start();
    const items = [run.item(7, 3), run.item(8, 4)];

    await run.window.open("r", { seq: 9, n: 5 }, items, run.ctx);

    const slice = await run.window.read("r", 0, ALL, run.ctx);
    assert.deepEqual(slice.items, items);
    assert.deepEqual(slice.head, { seq: 9, n: 5 });
    assert.equal(slice.floor.n, 2);
    assert.equal(slice.floor.seq < 7, true);
    assert.equal(await run.window.append(batchOf(9, [run.item(10, 6)]), run.ctx), "written");
    assert.deepEqual(await run.seqs(), [7, 8, 10]);
  });

  it("[RD-5] opened with the room's first records, it reaches back to the first", async () => {
    await using run = await start();

    await run.window.open("r", { seq: 7, n: 1 }, [run.item(7, 1)], run.ctx);

    assert.deepEqual((await run.window.read("r", 0, ALL, run.ctx)).floor, { seq: 0, n: 0 });
  });

  it("[RD-5] opened without records, it has lost everything up to the head", async () => {
    await using run = await start();

    await run.window.open("r", { seq: 9, n: 5 }, [], run.ctx);

    const { head, floor } = await run.window.read("r", 0, ALL, run.ctx);
    assert.deepEqual([head, floor], [head, { seq: 9, n: 5 }]);
  });

  it("[RD-5] opened again further on, it has what it is given then; the bounds hold", async () => {
    await using run = await start({ maxItems: 2 });
    await run.say(1, 2);

    const items = [run.item(4, 4), run.item(5, 5), run.item(6, 6)];
    await run.window.open("r", { seq: 6, n: 6 }, items, run.ctx);

    assert.deepEqual(await run.seqs(), [5, 6]);
    assert.deepEqual((await run.window.read("r", 0, ALL, run.ctx)).floor, { seq: 4, n: 4 });
  });
}

function removing(start: Start): void {
  it("[RD-6] what is removed is gone; head, floor and the rest stay", async () => {
    await using run = await start();
    await run.say(1, 2, 3);

    await run.window.remove("r", ({ seq }) => seq !== 2, run.ctx);

    const slice = await run.window.read("r", 0, ALL, run.ctx);
    assert.deepEqual(
      slice.items.map(({ seq }) => seq),
      [2],
    );
    assert.deepEqual(
      [slice.head, slice.floor],
      [
        { seq: 3, n: 3 },
        { seq: 0, n: 0 },
      ],
    );
    assert.equal(await run.say(4), "written");
  });

  it("[RD-6] everything may be removed, of a room that is not there too", async () => {
    await using run = await start({ maxItems: 2 });
    await run.say(1, 2);

    await run.window.remove("r", () => true, run.ctx);
    await run.window.remove("none", () => true, run.ctx);

    assert.deepEqual(await run.seqs(), []);
    await run.say(3, 4);
    assert.deepEqual(await run.seqs(), [3, 4]);
  });

  it("[RD-6] what was removed does not count against the bytes", async () => {
    await using run = await start({ maxBytes: 8_000 });
    for (let seq = 1; seq <= 20; seq++) await run.say(seq);
    const before = (await run.seqs()).length;

    await run.window.remove("r", ({ seq }) => seq < 20, run.ctx);
    for (let seq = 21; seq < 20 + before; seq++) await run.say(seq);

    assert.equal((await run.seqs()).length, before);
  });
}
