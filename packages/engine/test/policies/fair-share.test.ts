import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fairShare } from "../../src/room/policies/fair-share.ts";

const demand = (...said: number[]) => ({
  bySender: new Map(said.map((count, i) => [`u${i}`, count])),
  others: 0,
});

describe("the share of a ceiling", () => {
  it("[RP-5] gives everybody's first danmaku before anybody's second", () => {
    assert.deepEqual(fairShare(demand(300, 1, 1, 1), 10), { each: 7, oneMore: 0, further: 0 });
  });

  it("[RP-5] draws lots where there is not one for each", () => {
    assert.deepEqual(fairShare(demand(...Array.from({ length: 40 }, () => 2)), 10), {
      each: 0,
      oneMore: 0.25,
      further: 10,
    });
  });

  it("[RP-5] goes up to the level at which the ceiling is met", () => {
    assert.deepEqual(fairShare(demand(5, 5, 2, 1), 10), { each: 3, oneMore: 0.5, further: 1 });
    assert.deepEqual(fairShare(demand(5, 5, 2, 1), 13), { each: 5, oneMore: undefined, further: 0 });
    assert.deepEqual(fairShare(demand(5, 5, 2, 1), 12), { each: 4, oneMore: 0.5, further: 1 });
  });

  it("[RP-6] keeps half of the ceiling for those who come unforeseen", () => {
    assert.deepEqual(fairShare(demand(), 10), { each: 1, oneMore: undefined, further: 5 });
    assert.deepEqual(fairShare(demand(3), 11), { each: 3, oneMore: undefined, further: 6 });
    assert.deepEqual(fairShare(demand(3, 5), 10), { each: 5, oneMore: undefined, further: 2 });
  });

  it("[RP-5] is max-min fair: nobody could get more unless somebody with less gets less", () => {
    const said = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(said, fc.integer({ min: 1, max: 100 }), (counts, ceiling) => {
        const { each, oneMore, further } = fairShare(demand(...counts), ceiling);
        if (oneMore === undefined) return;
        const certain = counts.reduce((sum, count) => sum + Math.min(count, each), 0);
        const contenders = counts.filter((count) => count > each).length;
        assert.ok(certain <= ceiling, "what is certain fits");
        assert.ok(certain + contenders > ceiling, "one more for each does not");
        assert.equal(certain + further, ceiling, "all of it is given");
        assert.ok(Math.abs(contenders * oneMore - further) < 1e-9, "to each the same part");
      }),
    );
  });
});
