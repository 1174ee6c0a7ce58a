import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hasPostgres, requireOrSkip } from "@barrage/testkit";
import { runBench } from "./run-bench.ts";

const needsPostgres = requireOrSkip("postgresql", hasPostgres());

describe("the benchmark of archive writes", needsPostgres, () => {
  it("measures SQLite and PostgreSQL for each size of a write", async () => {
    const args = ["--sizes", "1,20", "--seconds", "0.2"];

    const { stdout, json } = await runBench("macro/cluster/archive-write.ts", args);

    const { steps } = json as {
      steps: readonly { archive: string; size: number; rows: number; p50Ms: number }[];
    };
    assert.deepEqual(
      steps.map(({ archive, size }) => `${archive} ${size}`),
      ["SQLite 1", "SQLite 20", "PostgreSQL 1", "PostgreSQL 20"],
    );
    assert.equal(
      steps.every(({ rows, size, p50Ms }) => rows >= size && rows % size === 0 && p50Ms > 0),
      true,
    );
    assert.match(stdout, /^PostgreSQL +20 /m);
  });
});
