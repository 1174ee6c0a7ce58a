import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyRoom } from "@barrage/engine";
import type { RoomState, RoomStore } from "@barrage/engine";
import { background } from "@barrage/kernel";

export interface RoomStoreUnderTest extends AsyncDisposable {
  readonly rooms: RoomStore;
  /** Closes it and opens the same data again; absent for one that lives in memory. */
  readonly reopen?: () => Promise<RoomStore>;
}

const ctx = background;

const byId = (rooms: readonly RoomState[]) => rooms.toSorted((x, y) => (x.id < y.id ? -1 : 1));

const full: RoomState = {
  ...emptyRoom("full"),
  title: '标题 "quoted"',
  owner: "host",
  live: true,
  closed: false,
  policies: {
    ceiling: { mode: "dry_run", per_second: 31 },
    merge: { mode: "on", window_s: 7 },
    slow: { mode: "on", seconds: 30, exempt: ["host"] },
    unique: { mode: "off", seconds: 60, count: 9 },
  },
  mutes: new Map([
    ["u1", null],
    ["u2", 1_767_225_600_000],
  ]),
  bans: new Map([["u3", null]]),
  head: { seq: 2 ** 52, n: 7 },
};

/** Registers the tests that every `RoomStore` passes; each gets an empty one of its own. */
export function roomStoreContract(name: string, make: () => Promise<RoomStoreUnderTest>): void {
  describe(`${name} as a room store`, () => {
    it("[LG-26] is empty before the first save", async () => {
      await using made = await make();

      assert.deepEqual(await made.rooms.load(ctx), { seq: 0, rooms: [] });
    });

    it("[LG-26] loads states as they were saved, mutes and bans included", async () => {
      await using made = await make();

      await made.rooms.save({ seq: 9, rooms: [full, emptyRoom("plain")] }, ctx);
      const rooms = (await made.reopen?.()) ?? made.rooms;

      const loaded = await rooms.load(ctx);
      assert.equal(loaded.seq, 9);
      assert.deepEqual(byId(loaded.rooms), [full, emptyRoom("plain")]);
    });

    it("[LG-26] replaces the rooms of a later save and keeps the others", async () => {
      await using made = await make();
      await made.rooms.save({ seq: 1, rooms: [emptyRoom("a"), emptyRoom("b")] }, ctx);

      await made.rooms.save({ seq: 2, rooms: [{ ...emptyRoom("b"), title: "new" }] }, ctx);
      await made.rooms.save({ seq: 3, rooms: [] }, ctx);

      const loaded = await made.rooms.load(ctx);
      assert.equal(loaded.seq, 3);
      assert.deepEqual(byId(loaded.rooms), [emptyRoom("a"), { ...emptyRoom("b"), title: "new" }]);
    });
  });
}
