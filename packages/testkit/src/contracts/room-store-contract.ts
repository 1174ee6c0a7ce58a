import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyRoom } from "@barrage/engine";
import type { RoomState, RoomStore } from "@barrage/engine";
import { background } from "@barrage/kernel";
import { fullRoom } from "./entries.ts";

export interface RoomStoreUnderTest extends AsyncDisposable {
  readonly rooms: RoomStore;
  /** Closes it and opens the same data again; absent for one that lives in memory. */
  readonly reopen?: () => Promise<RoomStore>;
}

const ctx = background;

const byId = (rooms: readonly RoomState[]) => rooms.toSorted((x, y) => (x.id < y.id ? -1 : 1));

const full = fullRoom("full");

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
