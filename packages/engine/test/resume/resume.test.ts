import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { runResume } from "./resume-run.ts";
import { PROPERTY, long } from "./sizes.ts";

/** Seeds that are tried of each kind of window; more by BARRAGE_RESUME_SEEDS. */
const SEEDS = Number(process.env["BARRAGE_RESUME_SEEDS"] ?? 40);
/** Seeds that once showed a fault. */
const FOUND = [305_861_903, 2_328_203, 2_264_851];
/** The long run's size as a multiple of its usual one. */
const TIMES = Number(process.env["BARRAGE_RESUME_TIMES"] ?? 1);
const MILLION = 1_000_000;

describe("resume, whatever happens, against the log", () => {
  for (const window of ["shared", "own"] as const) {
    it(`[DL-3] [DL-9] [DL-10] [DL-20] [DL-36] [DL-37] [DL-39] [DL-40] [DL-41] each viewer has each record once and in order, or was told rightly of what is missing, and never lacks control or paid ones (${window} window)`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), async (seed) => {
          const { violations } = await runResume({ ...PROPERTY, seed, window });

          assert.deepEqual(violations, []);
        }),
        {
          numRuns: SEEDS,
          examples: FOUND.map((seed) => [seed]),
          interruptAfterTimeLimit: 120_000,
          markInterruptAsFailure: false,
          endOnFailure: true,
        },
      );
    });
  }

  it("[DL-3] [DL-9] the same over a million danmaku", { timeout: 600_000 }, async (test) => {
    const outcome = await runResume({ ...long(TIMES), seed: 20_260_101, window: "own" });

    assert.deepEqual(outcome.violations, []);
    assert.equal(outcome.shown > MILLION, true, `only ${outcome.shown} were shown`);
    test.diagnostic(JSON.stringify(outcome));
  });
});
