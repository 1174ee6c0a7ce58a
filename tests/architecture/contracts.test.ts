import assert from "node:assert/strict";
import { test } from "node:test";
import { sideBySide } from "../../scripts/contracts/side-by-side.ts";
import { runFile } from "../../scripts/test-run/run-file.ts";
import type { Outcome } from "../../scripts/test-run/run-file.ts";

const FILE_LIMIT_MS = 120_000;

const told = (suite: string, name: string, outcome: Outcome["outcome"] = "passed"): Outcome => ({
  outcome,
  name,
  suites: ["on a real server", suite],
  place: "1:1",
});

test("[AR-21] the contracts stand side by side: each test once, with what came of it on each engine", () => {
  const contracts = sideBySide([
    told("MemoryLog as a log", "takes"),
    told("MemoryLog as a log", "keeps"),
    told("KafkaLog of one partition as a log", "takes", "failed"),
    told("KafkaLog of one partition as a log", "takes"),
    told("KafkaLog of one partition as a log", "keeps", "skipped"),
    told("TokenBuckets as buckets", "fills"),
    told("RedisBuckets as buckets", "fills"),
    told("consumers of a group", "none of a contract"),
  ]);

  assert.deepEqual(
    [...contracts],
    [
      [
        "a log",
        [
          // What failed once is not covered by what passed.
          { test: "takes", on: { memory: "ok", kafka: "FAIL" } },
          { test: "keeps", on: { memory: "ok", kafka: "skipped" } },
        ],
      ],
      ["buckets", [{ test: "fills", on: { memory: "ok", redis: "ok" } }]],
    ],
  );
});

test("[AR-21] of a test file they take the suites of contracts, by name", async () => {
  const signal = new AbortController().signal;
  const { outcomes, complaint } = await runFile(
    "packages/engine/test/limits.test.ts",
    FILE_LIMIT_MS,
    signal,
    "as slow mode",
  );

  assert.deepEqual([complaint, outcomes.length > 0], [undefined, true]);
  for (const { suites } of outcomes) assert.deepEqual(suites, ["SlowMode as slow mode"]);
});
