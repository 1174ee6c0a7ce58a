import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Delivery } from "../src/delivery.ts";
import { Emitter } from "../src/link/emitter.ts";
import type { RoomEvents, SeenItem } from "../src/session/effects.ts";
import { batch, danmaku, snapshot } from "./records.ts";

/** A session that came back with 5 into a room that stands at 8. */
function resumed(): { delivery: Delivery; seen: SeenItem[]; rooms: string[] } {
  const events = new Emitter<RoomEvents>();
  const seen: SeenItem[] = [];
  const rooms: string[] = [];
  events.on("item", (it) => seen.push(it));
  events.on("room", ({ title }) => rooms.push(title));
  const delivery = new Delivery(events);
  const frame = snapshot(5, [], { resumed: true });
  delivery.snapshot({ ...frame, room: { ...frame.room, title: "now", head: 8 } }, []);
  return { delivery, seen, rooms };
}

describe("what a resumed session is handed", () => {
  it("[SE-13] is past up to where the room stood when it came back, and present from there", () => {
    const { delivery, seen } = resumed();

    delivery.batch(batch(5, [6, 8]), [danmaku(6), danmaku(8)]);
    delivery.batch(batch(8, [9]), [danmaku(9)]);

    assert.deepEqual(
      seen.map(({ seq, past }) => [seq, past]),
      [
        [6, true],
        [8, true],
        [9, false],
      ],
    );
  });

  it("[SE-17] does not undo the room's state: past room events are in the snapshot already", () => {
    const { delivery, seen, rooms } = resumed();
    const { at, author, id, seq, n } = danmaku(7);
    const title = {
      kind: "room-event",
      event: { type: "title", title: "then" },
      at,
      author,
      id,
      seq,
      n,
    } as const;

    delivery.batch(batch(5, [7]), [title]);

    assert.equal(seen.length, 1);
    assert.deepEqual(rooms, ["now"]);
  });
});
