import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NO_RESULT } from "../load/run-faults.ts";
import { workerConnectionsIn } from "../load/server-ledger.ts";
import { runBench } from "./run-bench.ts";

const SIZE = "--crowd 60 --viewers 4 --workers 2 --generators 2 --connect-per-second 60".split(" ");
const LENGTH = "--rate 10 --crowd-rate 3 --warm-up 2 --alone 2 --beside 2".split(" ");

interface Result {
  readonly connections: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  readonly ledger: { readonly imbalance: number };
  readonly parts: Readonly<Record<"alone" | "beside", { readonly delivery: { readonly count: number } }>>;
}

describe("fairness", () => {
  it("has a small room beside a crowd over two workers, and says how much longer it takes", async () => {
    // A bar that none can hold: how much longer it was says a busy machine.
    const { code, stdout, json } = await runBench("macro/fairness.ts", [
      ...SIZE,
      ...LENGTH,
      "--bar=-1000000",
    ]);

    const { connections, faults, ledger, parts } = json as Result;
    const { alone, beside } = parts;
    const overBar = faults.filter((fault) => fault.startsWith("p95 of the small room"));
    assert.equal(overBar.length, 1, stdout);
    assert.deepEqual(
      faults.filter((fault) => !overBar.includes(fault) && !fault.includes(NO_RESULT)),
      [],
    );
    assert.equal(ledger.imbalance, 0);
    assert.deepEqual([Object.keys(connections).length, alone.delivery.count > 0], [2, true]);
    assert.equal(
      Object.values(connections).reduce((sum, count) => sum + count, 0),
      64,
    );
    assert.equal(beside.delivery.count > 0, true);
    assert.match(stdout, /received 360 of 360/);
    assert.match(stdout, /^FAILED: /m);
    assert.equal(code, 1);
  });

  it("reads each worker's connections off the supervisor's metrics", () => {
    const page = `barrage_connections 7
barrage_worker_connections{worker="1"} 3
barrage_worker_connections{worker="2"} 4
barrage_worker_queue{worker="2"} 9
`;
    assert.deepEqual(workerConnectionsIn(page), { 1: 3, 2: 4 });
  });
});
