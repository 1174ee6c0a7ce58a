import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boundsOf, ConfigInvalid, firstCount, resolveConfig } from "@barrage/server";

const PROCESSORS = 4;

const workersOf = (flags: Readonly<Record<string, string>>) => resolveConfig({ flags }).config.workers;

function problem(flags: Readonly<Record<string, string>>): string {
  try {
    workersOf(flags);
  } catch (error) {
    if (error instanceof ConfigInvalid)
      return error.problems.map(({ path, rule }) => `${path} ${rule}`).join("; ");
    throw error;
  }
  return "";
}

describe("the settings of workers", () => {
  const table: readonly (readonly [Readonly<Record<string, string>>, number, number, number])[] = [
    [{ "workers.count": "1" }, 1, 1, 1],
    [{ "workers.count": "3" }, 3, 3, 3],
    [{ "workers.count": "auto" }, 3, 1, 3],
    [{ "workers.count": "2", "workers.max": "6" }, 2, 2, 6],
    [{ "workers.count": "2", "workers.min": "1" }, 2, 1, 2],
    [{ "workers.count": "auto", "workers.min": "2", "workers.max": "8" }, 3, 2, 8],
    [{ "workers.count": "auto", "workers.min": "5" }, 5, 5, 5],
    [{ "workers.count": "auto", "workers.max": "2" }, 2, 1, 2],
  ];
  for (const [flags, first, min, max] of table) {
    it(`[WK-57] ${JSON.stringify(flags)} on ${PROCESSORS} processors: ${first} at first, ${min} to ${max}`, () => {
      const workers = workersOf(flags);

      assert.equal(firstCount(workers, PROCESSORS), first);
      assert.deepEqual(boundsOf(workers, PROCESSORS), { min, max });
    });
  }

  it("[WK-57] auto on one processor is one worker", () => {
    assert.equal(firstCount(workersOf({ "workers.count": "auto" }), 1), 1);
  });

  it("[WK-57] a number of workers is auto or 1 to 512", () => {
    for (const count of ["auto", "1", "512"]) assert.equal(problem({ "workers.count": count }), "");
    for (const count of ["0", "513", "-1", "1.5", "many", "01"])
      assert.match(problem({ "workers.count": count }), /workers\.count must be auto or a number/, count);
  });

  it("[OP-4] marks and bounds that contradict each other are refused with both values", () => {
    const cases: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
      [{ "workers.min": "3", "workers.max": "2" }, /workers\.min .*3 is more than 2/],
      [{ "workers.count": "3", "workers.max": "2" }, /workers\.min .*3 is more than 2/],
      [{ "workers.scale.queue-low": "8" }, /queueLow .*8 is not less than 8/],
      [{ "workers.scale.cpu-low": "0.9" }, /cpuLow .*0\.9 is not less than 0\.8/],
      [{ "workers.hang-ms": "500" }, /reportEveryMs .*500 is not less than 500/],
      [{ "workers.respawn.base-ms": "31000" }, /baseMs .*31000 is more than 30000/],
    ];
    for (const [flags, pattern] of cases) assert.match(problem(flags), pattern);
  });
});
