import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { afterHandingOut, nextStep, recordsLeft } from "../../src/gateway/catching-up.ts";
import type { CatchingUp, MissedFrame } from "../../src/gateway/catching-up.ts";
import { batchUpTo } from "./batches.ts";

const gap: MissedFrame = { type: "gap", room_id: "r", from: 0, to: 5, count: 5, reason: "expired" };
const batch = batchUpTo(7, 2);
const rest = (isPart: boolean): CatchingUp => ({ frames: [gap, batch], handedOut: 0, head: 9, isPart });

describe("what a viewer missed", () => {
  it("[DL-44] is handed out in order, and it stands after each where that ends", () => {
    const before = rest(false);
    const between = afterHandingOut(before);
    const after = afterHandingOut(between);

    assert.deepEqual(nextStep(before), { type: "hand-out", frame: gap, items: 0, seq: 5 });
    assert.deepEqual(nextStep(between), { type: "hand-out", frame: batch, items: 2, seq: 7 });
    assert.deepEqual(nextStep(after), { type: "go-live" });
  });

  it("[DL-49] of more than could be read it comes back after the last of this part", () => {
    const after = afterHandingOut(afterHandingOut(rest(true)));

    assert.deepEqual(nextStep(after), { type: "come-back" });
  });

  it("[DL-19] waits in the connection until it is handed out", () => {
    const before = rest(false);
    const between = afterHandingOut(before);

    assert.equal(recordsLeft(before), 2);
    assert.equal(recordsLeft(between), 2);
    assert.equal(recordsLeft(afterHandingOut(between)), 0);
  });
});
