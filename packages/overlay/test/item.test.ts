import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clampColor, clampSize, readLabel } from "../src/item.ts";
import { item } from "./stage-world.ts";

describe("items", () => {
  it("[OV-9] brings sizes into 12 to 64 and colours into 0 to 0xffffff", () => {
    assert.deepEqual([11, 12, 13, 63, 64, 65].map(clampSize), [12, 12, 13, 63, 64, 64]);
    assert.deepEqual(
      [-1, 0, 1, 0xfffffe, 0xffffff, 0x1000000].map(clampColor),
      [0, 0, 1, 0xfffffe, 0xffffff, 0xffffff],
    );
  });

  it("[OV-9] cuts text above 300 code units, never within a character", () => {
    assert.equal(readLabel(item({ text: "x".repeat(299) }))?.length, 299);
    assert.equal(readLabel(item({ text: "x".repeat(300) }))?.length, 300);
    assert.equal(readLabel(item({ text: "x".repeat(301) })), `${"x".repeat(300)}…`);
    assert.equal(readLabel(item({ text: `${"x".repeat(299)}😀` })), `${"x".repeat(299)}…`);
  });
});
