import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { textKey } from "../../src/room/policies/text-key.ts";

const SAME: readonly (readonly string[])[] = [
  ["前方高能", "前 方 高 能", "前方高能 ", "前\u200b方高能"],
  ["哈哈", "哈哈哈", "哈哈哈哈哈哈哈哈"],
  ["Nice", "NICE", "ｎｉｃｅ", "n i c e"],
  ["666", "66", "66666666", "６６６"],
  ["好！", "好!", "好！！！！"],
  ["？？？", "?", "????"],
  ["cooool", "coool", "COOL"],
  ["👏👏👏", "👏"],
];

const DIFFERENT: readonly (readonly [string, string])[] = [
  ["100", "1000"],
  ["god", "good"],
  ["好", "好!"],
  ["来了😀", "来了😭"],
  ["6", "66"],
  ["哈", "哈哈"],
];

describe("what makes two danmaku the same", () => {
  for (const [first, ...others] of SAME) {
    it(`[RP-13] ${String(first)}: case, width, spaces, and runs of marks and letters make no difference`, () => {
      for (const other of others) assert.equal(textKey(other), textKey(String(first)), other);
    });
  }

  it("[RP-13] what is said otherwise is another one", () => {
    for (const [one, other] of DIFFERENT) assert.notEqual(textKey(one), textKey(other), `${one} ${other}`);
  });

  it("[RP-13] a text has a key whatever it is made of, and repeating its last letter changes none of two", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
        assert.equal(textKey(text), textKey(` ${text.toLowerCase()} `.replaceAll(" ", "  ")));
      }),
    );
  });
});
