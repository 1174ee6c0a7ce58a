import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LIVE, beginning, keepBatch, keepReply, recordsWaiting } from "../../src/gateway/viewer-state.ts";
import type { CatchingUpState } from "../../src/gateway/viewer-state.ts";
import { batchUpTo } from "./batches.ts";

const LIMIT = 64;
const pong = { type: "pong", ts: 0, viewers: 0 } as const;

describe("where a viewer's connection stands", () => {
  it("[DL-44] 64 batches wait until it is live; one more is too many, and is counted all the same", () => {
    const state = beginning();
    const kept = Array.from({ length: LIMIT + 1 }, (_, i) => keepBatch(state, batchUpTo(i + 1, 1)));

    assert.deepEqual(kept.slice(LIMIT - 2), [true, true, false]);
    assert.equal(recordsWaiting(state), LIMIT + 1);
  });

  it("[DL-47] 64 replies wait for its snapshot; one more is not kept", () => {
    const state = beginning();
    const kept = Array.from({ length: LIMIT + 1 }, () => keepReply(state, pong));

    assert.deepEqual(kept.slice(LIMIT - 2), [true, true, false]);
    assert.equal(state.replies.length, LIMIT);
  });

  it("[DL-19] records wait in it as long as it is not live: what came meanwhile, and what it missed", () => {
    const state: CatchingUpState = {
      phase: "catching-up",
      waiting: [batchUpTo(9, 1)],
      rest: { frames: [batchUpTo(4, 2), batchUpTo(6, 2)], handedOut: 1, head: 6, isPart: false },
    };

    assert.equal(recordsWaiting(state), 3);
    assert.equal(recordsWaiting(LIVE), 0);
  });
});
