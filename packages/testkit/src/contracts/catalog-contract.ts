import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyRoom } from "@barrage/engine";
import type { Archive, CataloguedRoom, CatalogWriter, RoomCatalog, RoomState } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { danmaku, fullRoom, placed, recall } from "./entries.ts";

/** A catalogue under test and the archive beside it, empty. */
export interface CatalogUnderTest extends AsyncDisposable {
  readonly catalog: RoomCatalog & CatalogWriter;
  readonly archive: Pick<Archive, "query">;
  /** From now on, or no more, nothing can be written about rooms: a write fails, in its middle where it has one. */
  refuseRooms(isRefused: boolean): Promise<void>;
}

export type MakeCatalog = () => Promise<CatalogUnderTest>;

const ctx = background;

/** The room after `count` records, the last of them at `seq`. */
const roomAt = (id: string, seq: number, more: Partial<RoomState> = {}): CataloguedRoom => ({
  state: { ...emptyRoom(id), head: { seq, n: seq }, ...more },
  seq,
});

const item = (seq: number, room = "a") => placed(room, seq, danmaku(`d${seq}`));

async function seqs({ archive }: CatalogUnderTest, room = "a"): Promise<readonly number[]> {
  const { items } = await archive.query({ room, after: 0, limit: 100 }, ctx);
  return items.map(({ seq }) => seq);
}

/** Registers the tests that every `RoomCatalog` with its `CatalogWriter` passes; each gets an empty one of its own. */
export function catalogContract(name: string, make: MakeCatalog): void {
  describe(`${name} as a catalogue of rooms`, () => {
    writing(make);
    repeating(make);
    listing(make);
  });
}

function writing(make: MakeCatalog): void {
  it("[PT-20] knows nothing of a room that was never written", async () => {
    await using made = await make();

    assert.equal(await made.catalog.find("a", ctx), undefined);
    assert.deepEqual(await made.catalog.list(10, ctx), []);
  });

  it("[PT-20] has each room as it was written, whole, and as of which record", async () => {
    await using made = await make();
    const full = { state: fullRoom("full"), seq: 2 ** 52 + 1 };

    await made.catalog.writeAll({ items: [], rooms: [full, roomAt("plain", 3)] }, ctx);

    assert.deepEqual(await made.catalog.find("full", ctx), full);
    assert.deepEqual(await made.catalog.find("plain", ctx), roomAt("plain", 3));
  });

  it("[PT-20] archives the items of the same write, recalls among them", async () => {
    await using made = await make();

    const items = [item(1), item(2), placed("a", 3, recall("r", { id: "d1" }))];
    await made.catalog.writeAll({ items, rooms: [roomAt("a", 3)] }, ctx);

    assert.deepEqual(await seqs(made), [2, 3]);
  });

  it("[PT-20] takes items without rooms, rooms without items, and nothing", async () => {
    await using made = await make();

    await made.catalog.writeAll({ items: [item(1)], rooms: [] }, ctx);
    await made.catalog.writeAll({ items: [], rooms: [roomAt("b", 2)] }, ctx);
    await made.catalog.writeAll({ items: [], rooms: [] }, ctx);

    assert.deepEqual(await seqs(made), [1]);
    assert.deepEqual(await made.catalog.find("b", ctx), roomAt("b", 2));
  });

  it("[PT-21] of a write that fails neither items nor rooms are there; repeated, both are", async () => {
    await using made = await make();
    await made.catalog.writeAll({ items: [item(1)], rooms: [roomAt("a", 1)] }, ctx);
    const write = { items: [item(2), item(3, "b")], rooms: [roomAt("a", 2), roomAt("b", 3)] };

    await made.refuseRooms(true);
    await assert.rejects(made.catalog.writeAll(write, ctx));
    const during = [await seqs(made), await made.catalog.find("a", ctx)];
    await made.refuseRooms(false);
    await made.catalog.writeAll(write, ctx);

    assert.deepEqual(during, [[1], roomAt("a", 1)]);
    assert.deepEqual([await seqs(made), await seqs(made, "b")], [[1, 2], [3]]);
    assert.deepEqual(await made.catalog.find("b", ctx), roomAt("b", 3));
  });
}

function repeating(make: MakeCatalog): void {
  it("[PT-22] a write that is repeated counts once, also one that overlaps the next", async () => {
    await using made = await make();
    await made.catalog.writeAll({ items: [item(1), item(2)], rooms: [roomAt("a", 2)] }, ctx);

    await made.catalog.writeAll({ items: [item(1), item(2)], rooms: [roomAt("a", 2)] }, ctx);
    await made.catalog.writeAll({ items: [item(2), item(3)], rooms: [roomAt("a", 3)] }, ctx);

    assert.deepEqual(await seqs(made), [1, 2, 3]);
    assert.deepEqual(await made.catalog.find("a", ctx), roomAt("a", 3));
  });

  for (const [seq, expected] of [
    [4, "five"],
    [5, "five"],
    [6, "late"],
  ] as const) {
    it(`[PT-22] a room as of record 5 that is written as of record ${seq} is "${expected}"`, async () => {
      await using made = await make();
      await made.catalog.writeAll({ items: [], rooms: [roomAt("a", 5, { title: "five" })] }, ctx);

      await made.catalog.writeAll({ items: [], rooms: [roomAt("a", seq, { title: "late" })] }, ctx);

      const found = await made.catalog.find("a", ctx);
      assert.deepEqual([found?.state.title, found?.seq], [expected, Math.max(seq, 5)]);
    });
  }

  it("[PT-22] the late write of a writer that was overtaken leaves rooms as they are, and its items count", async () => {
    await using made = await make();
    await made.catalog.writeAll({ items: [item(2), item(3)], rooms: [roomAt("a", 3)] }, ctx);

    await made.catalog.writeAll({ items: [item(1)], rooms: [roomAt("a", 1)] }, ctx);

    assert.deepEqual(await seqs(made), [1, 2, 3]);
    assert.deepEqual(await made.catalog.find("a", ctx), roomAt("a", 3));
  });
}

function listing(make: MakeCatalog): void {
  it("[PT-20] lists rooms that are not closed, those with the newest records first, no more than asked for", async () => {
    await using made = await make();
    const rooms = [
      roomAt("a", 2),
      roomAt("b", 9),
      roomAt("c", 4),
      roomAt("closed", 10, { closed: true }),
      roomAt("d", 7),
    ];
    await made.catalog.writeAll({ items: [], rooms }, ctx);

    const ids = async (limit: number) => (await made.catalog.list(limit, ctx)).map(({ id }) => id);

    assert.deepEqual(await ids(3), ["b", "d", "c"]);
    assert.deepEqual(await ids(4), ["b", "d", "c", "a"]);
    assert.deepEqual(await ids(5), ["b", "d", "c", "a"]);
    assert.deepEqual(await ids(0), []);
  });

  it("[PT-25] tells every room's id once, closed ones too, a page at a time", async () => {
    await using made = await make();
    const ids = ["B", "a", "b", "b-1", "b_1", "closed", "Z9"];
    const rooms = ids.map((id, i) => roomAt(id, i + 1, { closed: id === "closed" }));
    await made.catalog.writeAll({ items: [], rooms }, ctx);

    const told: string[] = [];
    for (;;) {
      const page = await made.catalog.ids(told.at(-1) ?? "", 2, ctx);
      told.push(...page);
      if (page.length < 2) break;
    }

    assert.deepEqual(told.toSorted(), ids.toSorted());
    assert.deepEqual(await made.catalog.ids(told.at(-1) ?? "", 2, ctx), []);
  });

  it("[PT-27] tells every live room's id once, a page at a time, and no other's", async () => {
    await using made = await make();
    const live = { live: true };
    const rooms = [
      ...["a", "c", "d", "f", "g"].map((id, i) => roomAt(id, i + 1, live)),
      roomAt("b", 10),
      roomAt("e", 11, { live: true, closed: true }),
    ];
    await made.catalog.writeAll({ items: [], rooms }, ctx);
    await made.catalog.writeAll({ items: [], rooms: [roomAt("g", 20)] }, ctx);

    const told: (readonly string[])[] = [];
    for (let last: string | undefined = ""; last !== undefined; last = told.at(-1)?.at(-1)) {
      told.push(await made.catalog.live(last, 2, ctx));
    }

    assert.deepEqual(told, [["a", "c"], ["d", "f"], []]);
  });
}
