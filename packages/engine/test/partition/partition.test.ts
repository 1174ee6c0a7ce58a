import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { runPartition, SMALL } from "./partition-run.ts";

/** Seeds that are tried; more by BARRAGE_PARTITION_SEEDS. */
const SEEDS = Number(process.env["BARRAGE_PARTITION_SEEDS"] ?? 20);

describe("a partition that changes hands, against the log", () => {
  it("[PT-16] each viewer has each record once and in order with dense ordinals, mutes as the log has them, and the archive the same", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const { violations } = await runPartition({ ...SMALL, seed });

        assert.deepEqual(violations, []);
      }),
      { numRuns: SEEDS, endOnFailure: true },
    );
  });
});
