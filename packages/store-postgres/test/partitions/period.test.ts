import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { overlaps, periodOf, periodOfTable, tableOf } from "../../src/partitions/period.ts";

describe("periods", () => {
  it("[PG-5] are days and months of UTC, whatever the month's length", () => {
    const leap = Date.UTC(2028, 1, 29, 23, 59, 59, 999);

    assert.equal(tableOf(periodOf(leap, "day")), "archive_item_20280229_20280301");
    assert.equal(tableOf(periodOf(leap + 1, "day")), "archive_item_20280301_20280302");
    assert.equal(tableOf(periodOf(leap, "month")), "archive_item_20280201_20280301");
    assert.equal(tableOf(periodOf(leap, "month", -2)), "archive_item_20271201_20280101");
    assert.equal(tableOf(periodOf(leap, "month", 11)), "archive_item_20290101_20290201");
    assert.equal(periodOfTable("archive_item_stray"), undefined);
  });

  it("[PG-5] follow one another without gap or overlap, and are told by their table's name", () => {
    const moment = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(2199, 0) });
    const property = fc.property(moment, fc.constantFrom("day" as const, "month" as const), (at, by) => {
      const period = periodOf(at, by);
      const next = periodOf(at, by, 1);
      assert.equal(period.from <= at && at < period.to, true);
      assert.equal(next.from, period.to);
      assert.equal(overlaps(period, next), false);
      assert.deepEqual(periodOf(period.to - 1, by), period);
      assert.deepEqual(periodOfTable(tableOf(period)), period);
    });
    fc.assert(property);
  });
});
