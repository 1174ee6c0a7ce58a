import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyRoom } from "@barrage/engine";
import { NO_POLICIES } from "@barrage/protocol";
import { roomFromJson, roomToJson } from "../../src/rooms/room-json.ts";

/** A room as files had it that know of slow mode alone. */
const before = (slowModeSeconds: number): string =>
  JSON.stringify({
    id: "r",
    title: "R",
    owner: "h",
    live: true,
    closed: false,
    slowModeSeconds,
    mutes: [["u", null]],
    bans: [],
    head: { seq: 5, n: 3 },
  });

describe("a room in the file", () => {
  it("[RP-26] is read from a file of the time before policies, with its slow mode", () => {
    const slow = { ...NO_POLICIES.slow, mode: "on", seconds: 30 };
    const expected = {
      ...emptyRoom("r"),
      title: "R",
      owner: "h",
      live: true,
      mutes: new Map([["u", null]]),
      head: { seq: 5, n: 3 },
    };
    assert.deepEqual(roomFromJson(before(30)), { ...expected, policies: { ...NO_POLICIES, slow } });
    assert.deepEqual(roomFromJson(before(0)), { ...expected, policies: NO_POLICIES });
  });

  it("[RP-26] keeps its policies, and gets those of a newer version as a new room does", () => {
    const policies = { ...NO_POLICIES, merge: { mode: "dry_run", window_s: 7 } } as const;
    const state = { ...emptyRoom("r"), policies };
    assert.deepEqual(roomFromJson(roomToJson(state)), state);
    const { unique: _, ...older } = policies;
    const text = JSON.stringify({ ...state, mutes: [], bans: [], policies: older });
    assert.deepEqual(roomFromJson(text), state);
  });
});
