import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeA, judgeC, judgedLine, judgeGrowth, judgeIdle } from "../load/bars.ts";
import type { Judged, Reached } from "../load/bars.ts";

const reached = (server: string, usPerDelivered: number, changes: Partial<Reached> = {}): Reached => ({
  server,
  rate: 1_200,
  usPerDelivered,
  p95: 40,
  p99: 200,
  windowMs: 25,
  ...changes,
});

const holds = (all: readonly Judged[]) => all.map((each) => each.holds);

describe("bars", () => {
  it("compare with the best of the servers that do not batch, and with the one that does", () => {
    const peers = [reached("ws", 10), reached("socket.io", 12), reached("batching-ws", 0.9)];

    const at = holds(judgeA([reached("barrage", 1), reached("barrage-memory", 0.9), ...peers], 1_200));
    const above = holds(judgeA([reached("barrage", 1.01), reached("barrage-memory", 0.91), ...peers], 1_200));

    assert.deepEqual(at, [true, true, undefined, true, true, true, true]);
    assert.deepEqual(above, [false, false, undefined, true, true, true, true]);
  });

  it("say nothing of a latency at another rate than the one asked for", () => {
    const slower = reached("barrage", 1, { rate: 600, p99: 1, windowMs: 10 });

    assert.deepEqual(holds(judgeC([slower], 1_200)), [undefined, undefined]);
    assert.deepEqual(holds(judgeC([{ ...slower, rate: 1_200, p99: 250.1 }], 1_200)), [false, true]);
  });

  it("judge memory and growth at their edges, and show which", () => {
    const grown = (server: string, cost: readonly number[], usPerWrite: number) =>
      (["viewers", "rooms"] as const).map((what) => ({ server, what, usPerDelivery: cost, usPerWrite }));

    assert.deepEqual(holds(judgeIdle({ barrage: 10 })), [true]);
    assert.deepEqual(holds(judgeIdle({ ws: 1 })), [undefined]);
    const fine = judgeGrowth([...grown("barrage-memory", [2, 9, 2.6], 5), ...grown("floor", [1], 4)]);
    const poor = judgeGrowth([...grown("barrage-memory", [2, 2.7], 5.1), ...grown("floor", [1], 4)]);
    assert.deepEqual(
      [holds(fine), holds(poor)],
      [
        [true, true, true],
        [false, false, false],
      ],
    );
    assert.match(judgedLine(poor[2] as Judged), /^MISS {2}CPU per write .*: 1\.27$/);
  });
});
