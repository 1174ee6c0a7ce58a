import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isRoomId, isUserId, KINDS, MODES, ROLES } from "../src/index.ts";

describe("names", () => {
  it("[PR-14] takes room ids of 1 to 64", () => {
    for (const id of ["a", "A_z-09", "x".repeat(63), "x".repeat(64)]) assert.equal(isRoomId(id), true);
    for (const id of ["", "x".repeat(65), "a b", "a/b", "a\n", "房", "a.b", 1, null, undefined]) {
      assert.equal(isRoomId(id), false, String(id));
    }
  });

  it("[PR-14] takes user ids of 1 to 64, but not ours", () => {
    for (const id of ["a", "u.1_2:3@x-Y", "systems", "x".repeat(63), "x".repeat(64)])
      assert.equal(isUserId(id), true);
    for (const id of ["", "x".repeat(65), "system", "a b", "a\n", "名", 1, null])
      assert.equal(isUserId(id), false);
  });

  it("[PR-15] keeps the words of the wire", () => {
    assert.deepEqual(KINDS, ["danmaku", "superchat", "gift", "like", "enter", "recall", "room-event"]);
    assert.deepEqual(MODES, ["scroll", "top", "bottom", "reverse"]);
    assert.deepEqual(ROLES, ["viewer", "moderator", "host", "service"]);
  });
});
