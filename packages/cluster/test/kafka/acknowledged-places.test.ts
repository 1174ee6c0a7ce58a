import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AcknowledgedPlaces } from "../../src/kafka/acknowledged-places.ts";

const placed = (seq: number) => ({ status: "appended", id: `d${seq}`, seq }) as const;

describe("places that were acknowledged", () => {
  it("[KL-47] are the highest of each room, whatever came back in which order", () => {
    const places = new AcknowledgedPlaces();
    places.note("a", placed(7));
    places.note("a", placed(5));
    places.note("a", { status: "held", id: "d9" });
    places.note("b", { status: "repeated", id: "d3", seq: 3 });

    assert.deepEqual([places.of("a"), places.of("b"), places.of("c")], [7, 3, 0]);
  });

  for (const [rooms, kept] of [
    [1, true],
    [2, true],
    [3, false],
  ] as const) {
    it(`[KL-47] of ${rooms} rooms, where 2 are kept, the first is ${kept ? "kept" : "forgotten"}`, () => {
      const places = new AcknowledgedPlaces(2);
      for (let i = 1; i <= rooms; i++) places.note(`room-${i}`, placed(i));

      assert.equal(places.of("room-1"), kept ? 1 : 0);
      assert.equal(places.of(`room-${rooms}`), rooms);
    });
  }

  it("[KL-47] of a room that is written to again are not the oldest any more", () => {
    const places = new AcknowledgedPlaces(2);
    for (const [room, seq] of [
      ["a", 1],
      ["b", 2],
      ["a", 3],
      ["c", 4],
    ] as const)
      places.note(room, placed(seq));

    assert.deepEqual([places.of("a"), places.of("b"), places.of("c")], [3, 0, 4]);
  });
});
