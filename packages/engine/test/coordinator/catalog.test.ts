import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CatalogDirectory, CatalogProgress, emptyRoom, MemoryWindow, SharedEraser } from "@barrage/engine";
import type { RoomState } from "@barrage/engine";
import { rootContext } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import { author, danmaku, FakeClock, MemoryArchive, MemoryCatalog } from "@barrage/testkit";
import { settings } from "../support/live-engine.ts";

const roomAt = (id: string, seq: number, rest: Partial<RoomState> = {}): RoomState => ({
  ...emptyRoom(id),
  head: { seq, n: seq },
  ...rest,
});
const itemAt = (id: string, seq: number, uid = "u"): Item => ({
  ...danmaku(id, { author: author(uid) }),
  seq,
  n: seq,
});

/** Archive and catalogue, and what processes know of the rooms meanwhile. */
function shared() {
  const clock = new FakeClock();
  const ctx = rootContext({ clock });
  const archive = new MemoryArchive();
  const catalog = new MemoryCatalog(archive);
  const known = new Map<string, RoomState>();
  const ask = (room: string) => Promise.resolve(known.get(room));
  const states = { find: ask, fresh: ask };
  const acked = new Map<string, number>();
  const acknowledged = (room: string) => acked.get(room) ?? 0;
  const archived = new CatalogProgress({ catalog, states, acknowledged });
  const viewersOf = (room: string) => Promise.resolve(room.length);
  const directory = new CatalogDirectory({ catalog, states, archive, archived, viewersOf });
  const arrive = (state: RoomState, items: readonly Item[] = []) =>
    catalog.writeAll(
      {
        items: items.map((item) => ({ room: state.id, item })),
        rooms: [{ state, seq: state.head.seq }],
      },
      ctx,
    );
  return { clock, ctx, archive, catalog, known, acked, directory, arrive };
}

const idsOf = (items: readonly Item[]): readonly string[] => items.map(({ id }) => id);

describe("rooms of a catalogue", () => {
  it("[RM-11, RM-14] are listed with their viewers, most first, the closed ones left out", async () => {
    const { ctx, directory, arrive } = shared();
    await arrive(roomAt("a", 3));
    await arrive(roomAt("bbb", 1));
    await arrive(roomAt("shut", 2, { closed: true }));
    await arrive(roomAt("b", 4, { live: true }));

    const rooms = await directory.list(ctx);

    assert.deepEqual(
      rooms.map(({ id, viewers }) => [id, viewers]),
      [
        ["bbb", 3],
        ["b", 1],
        ["a", 1],
      ],
    );
  });

  for (const [count, listed] of [
    [499, 499],
    [500, 500],
    [501, 500],
  ] as const) {
    it(`[RM-14] of ${count} rooms ${listed} are listed`, async () => {
      const { ctx, directory, arrive } = shared();
      for (let i = 1; i <= count; i++) await arrive(roomAt(`room-${i}`, i));

      const rooms = await directory.list(ctx);

      assert.equal(rooms.length, listed);
      // The oldest one is the one that is left out.
      assert.equal(
        rooms.some(({ id }) => id === "room-1"),
        count === listed,
      );
    });
  }

  it("[RM-14] are found by what processes know of them, catalogued or not", async () => {
    const { ctx, directory, known } = shared();
    known.set("new", roomAt("new", 1, { title: "just made" }));

    assert.equal((await directory.find("new", ctx))?.title, "just made");
    assert.equal(await directory.find("none", ctx), undefined);
  });

  it("[RM-15] have their history as far as they had come, waited for when it is behind", async () => {
    const { ctx, clock, directory, known, arrive } = shared();
    known.set("r", roomAt("r", 2));
    await arrive(roomAt("r", 1), [itemAt("one", 1)]);
    const query = { room: "r", after: 0, limit: 10 };

    const asked = directory.history(query, ctx);
    await clock.advance(100);
    // What is published meanwhile is not waited for.
    known.set("r", roomAt("r", 3));
    await arrive(roomAt("r", 2), [itemAt("two", 2)]);
    await clock.advance(250);

    const { page, isComplete } = await asked;
    assert.deepEqual([idsOf(page.items), isComplete], [["one", "two"], true]);
  });

  it("[KL-47] have their history with what was acknowledged here and is not routed yet", async () => {
    const { ctx, clock, directory, known, acked, arrive } = shared();
    known.set("r", roomAt("r", 1));
    await arrive(roomAt("r", 1), [itemAt("one", 1)]);
    acked.set("r", 2);

    const asked = directory.history({ room: "r", after: 0, limit: 10 }, ctx);
    await clock.advance(100);
    await arrive(roomAt("r", 2), [itemAt("two", 2)]);
    await clock.advance(250);

    const { page, isComplete } = await asked;
    assert.deepEqual([idsOf(page.items), isComplete], [["one", "two"], true]);
  });

  it("[KL-47] say that they may be behind what was acknowledged here, where the archiver is late", async () => {
    const { ctx, clock, directory, known, acked, arrive } = shared();
    known.set("r", roomAt("r", 1));
    await arrive(roomAt("r", 1), [itemAt("one", 1)]);
    acked.set("r", 2);

    const asked = directory.history({ room: "r", after: 0, limit: 10 }, ctx);
    await clock.advance(1_500);

    const { page, isComplete } = await asked;
    assert.deepEqual([idsOf(page.items), isComplete], [["one"], false]);
  });

  it("[RM-15] that are not archived within 1.5 s are answered with what there is, and that it may not be all", async () => {
    const { ctx, clock, directory, known, arrive } = shared();
    known.set("r", roomAt("r", 2));
    await arrive(roomAt("r", 1), [itemAt("one", 1)]);
    let answer: unknown;

    const asked = directory.history({ room: "r", after: 0, limit: 10 }, ctx).then(({ page, isComplete }) => {
      answer = [idsOf(page.items), isComplete];
    });
    await clock.advance(1_499);
    assert.equal(answer, undefined);
    await clock.advance(1);

    await asked;
    assert.deepEqual(answer, [["one"], false]);
  });

  it("[RM-15] whose state nobody can be asked for are answered at once, and that it may not be all", async () => {
    const { ctx, archive, catalog } = shared();
    const away = { fresh: () => Promise.reject(new Error("away")) };
    const archived = new CatalogProgress({ catalog, states: away, acknowledged: () => 0 });
    const states = { find: () => undefined };
    const directory = new CatalogDirectory({ catalog, states, archive, archived, viewersOf: () => 0 });

    const { isComplete } = await directory.history({ room: "r", after: 0, limit: 10 }, ctx);

    assert.equal(isComplete, false);
    await assert.rejects(directory.page("r", 0, ctx), /away/);
  });

  it("[RM-15] are exported once all of them is there", async () => {
    const { ctx, clock, directory, known, arrive } = shared();
    known.set("r", roomAt("r", 1));
    let page: readonly string[] | undefined;

    const asked = directory.page("r", 0, ctx).then(({ items }) => (page = idsOf(items)));
    await clock.advance(60_000);
    assert.equal(page, undefined);
    await arrive(roomAt("r", 1), [itemAt("one", 1)]);
    await clock.advance(250);

    assert.deepEqual(await asked, ["one"]);
  });
});

describe("erasing a user where others read the log", () => {
  it("[RM-16] takes out what was on its way when the user was erased, and says which rooms had any", async () => {
    const { ctx, clock, archive, catalog, arrive } = shared();
    const window = new MemoryWindow(settings.window, clock);
    const erased: string[] = [];
    const log = { erase: (uid: string) => Promise.resolve(erased.push(uid)) };
    const eraser = new SharedEraser({ log, archive, window, catalog });
    await arrive(roomAt("old", 1), [itemAt("a", 1, "gone")]);
    await arrive(roomAt("r", 2), [itemAt("b", 2, "stays")]);
    const batch = (prev: number, items: readonly Item[]) =>
      window.append({ room: "r", prev, seq: items.at(-1)?.seq ?? 0, items });
    await batch(0, [itemAt("b", 2, "stays"), itemAt("c", 3, "gone")]);

    const asked = eraser.erase("gone", ctx);
    await clock.advance(1_999);
    await batch(3, [itemAt("late", 4, "gone"), itemAt("d", 5, "stays")]);
    await arrive(roomAt("r", 5), [itemAt("late", 4, "gone")]);
    await clock.advance(1);

    assert.deepEqual(await asked, { records: 1, rooms: ["old", "r"] });
    assert.deepEqual(erased, ["gone"]);
    const { items } = await window.read("r", 0, 10);
    assert.deepEqual(idsOf(items), ["b", "d"]);
    assert.deepEqual(await archive.find("old", "a"), undefined);
    assert.deepEqual(await archive.find("r", "late"), undefined);
  });

  for (const [count, looked] of [
    [999, 999],
    [1_000, 1_000],
    [1_001, 1_000],
  ] as const) {
    it(`[RM-16] of ${count} rooms without anything of the user the windows of ${looked} are looked through`, async () => {
      const { ctx, clock, archive, catalog, arrive } = shared();
      const rooms = new Set<string>();
      const window = {
        remove: (room: string) => {
          rooms.add(room);
          return Promise.resolve();
        },
      };
      const log = { erase: () => Promise.resolve(0) };
      await arrive(roomAt("theirs", 1), [itemAt("a", 1, "gone")]);
      for (let i = 2; i <= count + 1; i++) await arrive(roomAt(`room-${i}`, i));

      const asked = new SharedEraser({ log, archive, window, catalog }).erase("gone", ctx);
      await clock.advance(2_000);
      await asked;

      rooms.delete("theirs");
      assert.equal(rooms.size, looked);
    });
  }
});
