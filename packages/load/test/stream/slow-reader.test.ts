import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { marked, RoomLedger, ViewerStream } from "../../src/index.ts";
import { RunTally } from "../../src/run/run-tally.ts";

const EFFORT = { cpu: 0, loopDelayP99Ms: 0, loopDelayMaxMs: 0, sendLagMaxMs: 0 };

describe("a viewer whom the plan keeps from reading", () => {
  it("[LD-51] counts what it gets, and no latency", () => {
    const tally = new RunTally(0, ["a"]);
    const ledger = new RoomLedger("a", "t1");
    const parts = { ledger, counts: tally.countsOf("a"), sample: () => false, machineOffsetMs: 0 };
    for (const isSlow of [false, true]) {
      const stream = new ViewerStream({ ...parts, isSlow });
      stream.joined(0, [], 0);
      stream.record({ seq: 1, content: marked({ run: "t1", key: 1, dueAt: 10 }, "") }, isSlow ? 5_010 : 30);
    }

    const delta = tally.take({ second: 0, effort: EFFORT, invalid: [], isLast: true });

    assert.equal(delta.delivered, 2);
    assert.equal(delta.rooms?.["a"]?.delivered, 2);
    const alone = new RunTally(0, ["a"]);
    alone.countsOf("a").delivered(20);
    assert.equal(
      delta.latencies.delivery,
      alone.take({ second: 0, effort: EFFORT, invalid: [], isLast: true }).latencies.delivery,
    );
  });
});
