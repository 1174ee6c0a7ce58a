import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { runMutated } from "../support/mutated-child.ts";
import { MUTANTS } from "./mutants.ts";

const CHILD = fileURLToPath(new URL("mutated-run.ts", import.meta.url));
/** Seeds until which a mutant has to be found; the latest is found by the twentieth on this tree. */
const SEEDS = 120;
/** Seeds on which the engine as it is breaks nothing. */
const SEEDS_UNCHANGED = 15;

const run = (index: number, seeds: number) => runMutated(CHILD, index, seeds);

describe("mutants of the engine", () => {
  it("[DL-9] unchanged, in the same process, it breaks nothing", async () => {
    assert.deepEqual(await run(-1, SEEDS_UNCHANGED), { edits: 0 });
  });

  for (const [index, { name, edits }] of MUTANTS.entries()) {
    it(`[DL-9] the harness notices when ${name}`, async (test) => {
      const { edits: made, seed, violations = [] } = await run(index, SEEDS);

      assert.equal(made, edits.length, "the mutated source was not loaded");
      assert.notEqual(violations.length, 0, `${SEEDS} seeds found nothing`);
      test.diagnostic(`seed ${seed}: ${violations[0]}`);
    });
  }
});
