import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseDecimal, writeDecimal } from "../src/decimal.ts";

describe("decimal", () => {
  it("[FI-1] moves the point without rounding twice", () => {
    assert.equal(parseDecimal("481.89400", 3), 481894);
    assert.equal(parseDecimal("1.005", 3), 1005);
    assert.equal(parseDecimal(".5", 0), 0.5);
    assert.equal(parseDecimal("7.", 0), 7);
    for (const text of [
      "",
      ".",
      "1e3",
      "-1",
      "+1",
      "0x10",
      "1,5",
      " 1",
      "NaN",
      "Infinity",
      "9".repeat(400),
    ]) {
      assert.equal(parseDecimal(text, 3), undefined, text);
    }
  });

  it("[FI-12] writes what it reads, exactly, for every number", () => {
    const number = fc
      .double({ min: 0, noNaN: true, noDefaultInfinity: true, max: 1e300 })
      .map((value) => value + 0);
    fc.assert(
      fc.property(number, fc.integer({ min: 0, max: 6 }), (value, places) => {
        assert.equal(parseDecimal(writeDecimal(value, -places), places), value);
      }),
      { numRuns: 2000 },
    );
  });
});
