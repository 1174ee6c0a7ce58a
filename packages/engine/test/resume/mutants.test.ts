import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { MUTANTS } from "./mutants.ts";

const CHILD = fileURLToPath(new URL("mutated-run.ts", import.meta.url));
/** Seeds until which a mutant has to be found; the latest is found by the twentieth on this tree. */
const SEEDS = 120;
/** Seeds on which the engine as it is breaks nothing. */
const SEEDS_UNCHANGED = 15;

interface Found {
  readonly edits: number;
  readonly seed?: number;
  readonly violations?: readonly string[];
}

async function run(index: number, seeds: number): Promise<Found> {
  const child = spawn(process.execPath, [CHILD, String(index), String(seeds)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Found;
}

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
