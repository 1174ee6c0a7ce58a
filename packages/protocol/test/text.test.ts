import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cleanText, countGraphemes, isCleanText, parseContent } from "../src/index.ts";

const GRAPHEMES = {
  letter: "a",
  han: "弹",
  emoji: "😀",
  family: "👨‍👩‍👧‍👦",
  flag: "🇨🇳",
  skin: "👍🏽",
  combining: "e\u0323\u0302",
  hangul: "\u1112\u1161\u11ab",
  keycap: "1\ufe0f\u20e3",
};

describe("parseContent", () => {
  for (const [name, grapheme] of Object.entries(GRAPHEMES)) {
    it(`[PR-1] takes 99 and 100 of ${name} and refuses 101`, () => {
      assert.equal(parseContent(grapheme.repeat(99), 100), grapheme.normalize("NFC").repeat(99));
      assert.equal(parseContent(grapheme.repeat(100), 100), grapheme.normalize("NFC").repeat(100));
      assert.throws(() => parseContent(grapheme.repeat(101), 100), {
        code: "BARRAGE_CONTENT_TOO_LONG",
        fields: { limit: 100 },
      });
    });
  }

  it("[PR-1] counts up to the limit and one more", () => {
    assert.equal(countGraphemes("abc", 10), 3);
    assert.equal(countGraphemes("abc", 2), 3);
    assert.equal(countGraphemes("a".repeat(1000), 2), 3);
  });

  it("[PR-2] normalises to NFC and keeps the ends", () => {
    assert.equal(parseContent("  e\u0301  ", 10), "  é  ");
    assert.equal(parseContent("가", 10), "가");
  });

  it("[PR-3] refuses every character that is not text, wherever it stands", () => {
    const ranges = [
      [0x00, 0x1f],
      [0x7f, 0x9f],
      [0x2028, 0x2029],
      [0xd800, 0xdfff],
      [0xfffe, 0xffff],
    ] as const;
    for (const [from, to] of ranges) {
      for (let code = from; code <= to; code += 1) {
        const text = `a${String.fromCharCode(code)}b`;
        assert.throws(
          () => parseContent(text, 10),
          { code: "BARRAGE_CONTENT_BAD_CHARACTER" },
          code.toString(16),
        );
        assert.equal(isCleanText(text), false);
        assert.equal(cleanText(text), "ab");
      }
      for (const code of [from - 1, to + 1].filter((each) => each >= 0 && each <= 0xffff)) {
        const edge = ranges.some(([low, high]) => code >= low && code <= high);
        assert.equal(isCleanText(`a${String.fromCharCode(code)}b`), !edge, code.toString(16));
      }
    }
  });

  it("[PR-3] cleans any text to one that is clean, and leaves clean ones alone", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        const text = `${a}\ud83d${b}\udc00`;
        const clean = cleanText(text);

        assert.equal(isCleanText(clean), true);
        assert.equal(cleanText(clean), clean);
        assert.equal(clean.isWellFormed(), true);
      }),
    );
    assert.equal(cleanText("😀👨‍👩‍👧 ok"), "😀👨‍👩‍👧 ok");
  });

  it("[PR-4] refuses content with nothing to see", () => {
    for (const text of ["", " ", "\u3000\u00a0", "\u200b\u200d\ufeff", "\u2800", "\u3164", "\u202e \u2066"]) {
      assert.throws(() => parseContent(text, 10), { code: "BARRAGE_CONTENT_EMPTY" }, JSON.stringify(text));
    }
    for (const text of [".", "\u200ba", "\u2800⠁"]) assert.equal(parseContent(text, 10), text);
  });

  it("[PR-5] refuses stacks of marks without counting them", () => {
    const stack = (units: number) => `a${"\u0323".repeat(units - 1)}`;

    assert.equal(parseContent(stack(159), 10), stack(159).normalize("NFC"));
    assert.equal(parseContent(stack(160), 10), stack(160).normalize("NFC"));
    assert.throws(() => parseContent(stack(161), 10), { code: "BARRAGE_CONTENT_TOO_LONG" });
  });

  it("[PR-3] any text becomes clean NFC within the limit, or one of three errors", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 100 }), (text, limit) => {
        try {
          const content = parseContent(text, limit);
          assert.equal(content, text.normalize("NFC"));
          assert.equal(isCleanText(content) && countGraphemes(content, limit) <= limit, true);
        } catch (error) {
          assert.match((error as { code: string }).code, /^BARRAGE_CONTENT_(EMPTY|TOO_LONG|BAD_CHARACTER)$/);
        }
      }),
    );
  });
});
