import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runMutated } from "../support/mutated-child.ts";
import { MUTANTS } from "./mutants.ts";

const CHILD = fileURLToPath(new URL("mutated-partition.ts", import.meta.url));
/** Seeds until which a mutant has to be found. */
const SEEDS = 100;
/** Seeds on which the engine as it is breaks nothing. */
const SEEDS_UNCHANGED = 5;

describe("mutants of a partition's router", () => {
  it("[PT-16] unchanged, in the same process, it breaks nothing", async () => {
    assert.deepEqual(await runMutated(CHILD, -1, SEEDS_UNCHANGED), { edits: 0 });
  });

  for (const [index, { name, edits }] of MUTANTS.entries()) {
    it(`[PT-16] the harness notices when ${name}`, async (test) => {
      const { edits: made, seed, violations = [] } = await runMutated(CHILD, index, SEEDS);

      assert.equal(made, edits.length, "the mutated source was not loaded");
      assert.notEqual(violations.length, 0, `${SEEDS} seeds found nothing`);
      test.diagnostic(`seed ${seed}: ${violations[0]}`);
    });
  }
});
