import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InvalidArgumentError } from "@barrage/kernel";
import { GrowthWindow } from "@barrage/kernel/diagnostics";

// A small generator of the same numbers every time, so that "noise" means the same in every run.
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

/** How often growth is told in 200 samples. */
function told(sample: (n: number) => number, options = { window: 40, sigma: 3, rise: 10 }): number {
  const window = new GrowthWindow(options);
  let count = 0;
  for (let n = 0; n < 200; n++) if (window.add(sample(n)) !== undefined) count += 1;
  return count;
}

describe("growth", () => {
  it("[KD-22] is told of a steady climb, with noise on it too", () => {
    const random = noise(1);

    assert.ok(told((n) => 100 + n) > 100);
    assert.ok(told((n) => 100 + n + 10 * random()) > 100);
  });

  it("[KD-22] is not told of a step, a wave, noise or a fall", () => {
    const random = noise(2);

    assert.equal(
      told((n) => (n < 100 ? 10 : 1000)),
      0,
    );
    assert.equal(
      told((n) => 500 + 400 * Math.sin(n / 3)),
      0,
    );
    assert.equal(
      told(() => 1000 + 100 * random()),
      0,
    );
    assert.equal(
      told((n) => 1000 - n),
      0,
    );
  });

  it("[KD-22] needs the whole window and the rise", () => {
    const window = new GrowthWindow({ window: 8, rise: 6 });
    const answers = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => window.add(n)?.to);
    const flat = new GrowthWindow({ window: 8, rise: 6.1 });

    // The means of the first and last quarter lie 6 apart.
    assert.deepEqual(answers, [...Array<undefined>(7).fill(undefined), 6.5]);
    assert.equal([0, 1, 2, 3, 4, 5, 6, 7].map((n) => flat.add(n)).at(-1), undefined);
  });

  it("[KD-22] refuses windows and thresholds without a meaning", () => {
    assert.throws(() => new GrowthWindow({ window: 7 }), InvalidArgumentError);
    assert.throws(() => new GrowthWindow({ window: 9 }), InvalidArgumentError);
    assert.throws(() => new GrowthWindow({ sigma: -1 }), InvalidArgumentError);
    assert.throws(() => new GrowthWindow({ rise: 0 }), InvalidArgumentError);
    assert.equal(new GrowthWindow({ window: 8, sigma: 0 }).add(1), undefined);
  });
});
