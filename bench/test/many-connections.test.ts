import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runBench } from "./run-bench.ts";

describe("many connections", () => {
  it("holds all of them at several workers, by several generators, and each has every danmaku", async () => {
    const size = "--connections 80 --workers 2 --generators 2".split(" ");
    const length = "--minutes 0.05 --rate 2 --connect-per-second 40 --bar 1000000".split(" ");

    const { stdout, json } = await runBench("macro/many-connections.ts", [...size, ...length]);

    const { fewest, closed, faults, ledger } = json as Readonly<Record<string, unknown>>;
    assert.deepEqual([fewest, closed, faults], [80, 0, []], stdout);
    assert.equal((ledger as { imbalance: number }).imbalance, 0);
    assert.match(stdout, /received of expected +(\d+) of \1$/m);
  });
});
