import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseByWeight } from "../../src/pool/balance.ts";
import { healthWeight, WorkerHealth } from "../../src/pool/health.ts";

const WELL = { busy: 0, errors: 0, p99: 2, ewma: 2, utilization: 0 };

function candidate(weight: number, free = true): { weight: number; free: boolean; credit: number } {
  return { weight, free, credit: 0 };
}

describe("healthWeight", () => {
  const worse = [
    ["a longer queue", { busy: 1 }],
    ["failed jobs", { errors: 1 }],
    ["a longer tail", { p99: 20 }],
    ["slower answers", { ewma: 20 }],
    ["a busier loop", { utilization: 0.5 }],
  ] as const;
  for (const [what, change] of worse) {
    it(`[PL-13] is lower with ${what}`, () => {
      assert.equal(healthWeight({ ...WELL, ...change }) < healthWeight(WELL), true);
      assert.equal(healthWeight({ ...WELL, ...change }) > 0, true);
    });
  }

  it("[PL-13] is in proportion to the latency", () => {
    const ratio = healthWeight({ ...WELL, ewma: 1, p99: 1 }) / healthWeight({ ...WELL, ewma: 10, p99: 10 });
    assert.equal(Math.round(ratio), 9);
  });
});

describe("WorkerHealth", () => {
  it("[PL-14] measures mean, tail and failures of the last 128 jobs", () => {
    const health = new WorkerHealth(7);
    for (let i = 0; i < 3; i++) health.record(1_000, true);
    assert.deepEqual([health.p99, health.ewma, health.errors], [1_000, 1_000, 3]);

    for (let i = 0; i < 125; i++) health.record(2, false);
    assert.deepEqual([health.p99, health.errors], [1_000, 3]);
    assert.equal(Math.round(health.ewma), 2);

    for (let i = 0; i < 128; i++) health.record(2, false);
    assert.deepEqual([health.p99, health.errors, health.done], [2, 0, 256]);
  });
});

describe("chooseByWeight", () => {
  it("[PL-15] gives turns in proportion to the weights, spread evenly", () => {
    const [a, b, c] = [candidate(5), candidate(3), candidate(2)];
    const turns = Array.from({ length: 10 }, () => chooseByWeight([a, b, c]));

    assert.deepEqual(
      [a, b, c].map((each) => turns.filter((turn) => turn === each).length),
      [5, 3, 2],
    );
    assert.equal(turns[0] === a && turns[1] === b, true);
  });

  it("[PL-15] takes the only free one whatever its weight, and nobody when all are taken", () => {
    const ill = candidate(0);

    assert.equal(chooseByWeight([candidate(9, false), ill]), ill);
    assert.equal(chooseByWeight([candidate(9, false)]), undefined);
  });

  it("[PL-15] lets no debt grow out of a weight that was large for a while", () => {
    const [fresh, old] = [candidate(1_000), candidate(0.001)];
    for (let i = 0; i < 100; i++) chooseByWeight([fresh, old]);
    fresh.weight = 0.001;

    const turns = Array.from({ length: 20 }, () => chooseByWeight([fresh, old]));

    assert.equal(turns.filter((turn) => turn === old).length, 10);
  });
});
