import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { apportion, Picker, Random, sharesOf } from "../../src/index.ts";
import type { Popularity } from "../../src/index.ts";

const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next());

const popularity: fc.Arbitrary<Popularity> = fc.oneof(
  fc.constant({ kind: "constant" } as const),
  fc.record({ kind: fc.constant("zipf" as const), exponent: fc.double({ min: 0, max: 3, noNaN: true }) }),
  fc.record({
    kind: fc.constant("recorded" as const),
    counts: fc.array(fc.nat(1_000), { minLength: 1, maxLength: 50 }).filter((counts) => counts[0]! > 0),
  }),
);

describe("what a run draws", () => {
  it("[LD-5] draws the same numbers from the same seed, from 0 to below 1", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const numbers = draw(new Random(seed), 50);

        assert.deepEqual(numbers, draw(new Random(seed), 50));
        assert.equal(
          numbers.every((number) => number >= 0 && number < 1),
          true,
        );
      }),
    );
    assert.notDeepEqual(draw(new Random(1), 5), draw(new Random(2), 5));
  });

  it("[LD-5] does not move one purpose's numbers by drawing for another", () => {
    const [quiet, busy] = [new Random(7), new Random(7)];
    draw(busy, 100);

    assert.deepEqual(draw(busy.fork("rooms"), 5), draw(quiet.fork("rooms"), 5));
    assert.notDeepEqual(draw(quiet.fork("rooms"), 5), draw(quiet.fork("users"), 5));
  });

  it("[LD-6] spreads a total in shares that add up", () => {
    fc.assert(
      fc.property(popularity, fc.integer({ min: 1, max: 50 }), fc.nat(100_000), (popularity, size, total) => {
        const shares = sharesOf(popularity, size);
        const parts = apportion(total, shares);

        assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-9);
        assert.equal(
          parts.reduce((a, b) => a + b, 0),
          total,
        );
        parts.forEach((part, index) => assert.ok(Math.abs(part - shares[index]! * total) < 1));
      }),
    );
  });

  it("[LD-6] gives the second place of Zipf's law half of the first", () => {
    const shares = sharesOf({ kind: "zipf", exponent: 1 }, 100);

    assert.ok(Math.abs(shares[1]! / shares[0]! - 0.5) < 1e-12);
  });

  it("[LD-6] draws places as often as their shares say", () => {
    const shares = [0.5, 0, 0.3, 0.2];
    const picker = new Picker(shares, new Random(3));
    const seen = [0, 0, 0, 0];
    for (let drawn = 0; drawn < 20_000; drawn += 1) seen[picker.next()]! += 1;

    // Five standard deviations of the binomial distribution.
    shares.forEach((share, place) =>
      assert.ok(Math.abs(seen[place]! - share * 20_000) <= 5 * Math.sqrt(20_000 * share * (1 - share))),
    );
  });

  it("[LD-4] refuses shares of nothing", () => {
    assert.throws(() => sharesOf({ kind: "constant" }, 0), { code: "LOAD_BAD_PLAN" });
    assert.throws(() => sharesOf({ kind: "recorded", counts: [0, 0] }, 2), { code: "LOAD_BAD_PLAN" });
    assert.throws(() => sharesOf({ kind: "recorded", counts: [-1, 2] }, 2), { code: "LOAD_BAD_PLAN" });
  });
});
