import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { WordList } from "../../src/moderation/words/index.ts";

const list = (...lines: readonly string[]) => WordList.parse(lines.join("\n"));

function finds(word: string, texts: readonly string[], expected: boolean): void {
  const words = list(word);
  for (const text of texts) {
    assert.equal(
      words.check(text).verdict,
      expected ? "reject" : "allow",
      `${word} in ${JSON.stringify(text)}`,
    );
  }
}

describe("WordList.check", () => {
  it("[MD-3] sees through width, case, decoration and invisible characters", () => {
    finds(
      "bad",
      [
        "BAD",
        "ｂａｄ",
        "ＢＡＤ",
        "bád",
        "b\u0336a\u0336d\u0336",
        "b\u200ba\u200dd",
        "b\u00ada\u2060d",
        "𝐛𝐚𝐝",
      ],
      true,
    );
    finds("straße", ["STRASSE", "Straße"], true);
    finds("ΣΊΣΥΦΟΣ", ["σίσυφος", "σισυφοσ"], true);
    finds("カク", ["ｶｸ", "カ\u200bク"], true);
    finds("敏感", ["敏\ufe0f感", "敏\u3164感"], true);
    finds("BÁD", ["bad"], true);
  });

  it("[MD-3] keeps marks that spell", () => {
    finds("カク", ["ガク", "カグ", "ｶﾞｸ"], false);
    finds("ガク", ["ｶﾞｸ", "カ\u3099ク", "ガク"], true);
    finds("กา", ["กิา"], false);
    finds("하", ["한"], false);
  });

  it("[MD-4] finds a word inside others, and spaces by the run", () => {
    finds("敏感", ["这很敏感吗"], true);
    finds("bad", ["embadded", "bad1"], true);
    finds("go home", ["go \u3000 home", "GO\thome"], true);
  });

  it("[MD-5] finds an unspaced word across up to 8 separators", () => {
    finds("敏感", ["敏*感", "敏 感", "敏\u3000感", "敏。感", "敏👍感", `敏${"*".repeat(8)}感`], true);
    finds("敏感", [`敏${"*".repeat(9)}感`, "敏x感", "敏"], false);
    finds("加vx", ["加 vx", "加-v-x", "加 v x 呀", "加vx"], true);
    finds("加vx", ["加 v xy", "加 a vx"], false);
  });

  it("[MD-6] joins letters only when each stands alone", () => {
    finds("bad", ["b a d", "b.a.d", "b  a  d", "say b-a-d!", "Ｂ＿Ａ＿Ｄ", "弹b a d幕"], true);
    finds("bad", ["b ad", "ba d", "grab a dog", "a b ad", "bb a d", "b a dd", "b a 1d"], false);
    finds("mingan", ["m i n  g a n"], true);
    finds("mingan", ["min gan"], false);
    finds("시발", ["시 발 놈", "시발"], true);
    finds("시발", ["다시 발표"], false);
    finds("1984", ["1 9 8 4", "1.9.8.4"], true);
    finds("1984", ["19 84"], false);
    finds("𐐨𐐩", ["𐐨 𐐩", "𐐀𐐁"], true);
    finds("𐐨𐐩", ["𐐨𐐨 𐐩"], false);
  });

  it("[MD-7] finds a phrase as whole words, however they are separated", () => {
    finds(
      "the rapist",
      ["the rapist", "The-Rapist!", "the ... rapist", "t h e r a p i s t", "说the rapist吗"],
      true,
    );
    finds("the rapist", ["therapist", "bathe rapist", "the rapists", "bathe-rapist", "the rapi st"], false);
    finds("敏 感 vx", ["敏感vx", "敏*感 vx"], true);
  });

  it("[MD-8] takes a word with marks as it is written", () => {
    finds("c++", ["I like C++", "ｃ＋＋"], true);
    finds("c++", ["c", "c + +", "c+"], false);
    finds("*", ["a*b"], true);
  });

  it("[MD-9] lets an allowed word shield what is in it", () => {
    const words = list("cunt", "scunthorpe\tallow");

    assert.equal(words.check("Scunthorpe").verdict, "allow");
    assert.equal(words.check("S C U N T H O R P E").verdict, "allow");
    assert.equal(words.check("cunt of Scunthorpe").verdict, "reject");
    assert.equal(words.check("scunthorp").verdict, "reject");
  });

  it("[MD-9] counts the longer of two, one inside the other, and both that overlap", () => {
    assert.deepEqual(list("bad", "bad apple\tmask").check("bad apple"), {
      verdict: "mask",
      content: "*** *****",
      matched: ["bad apple"],
    });
    assert.deepEqual(list("abc\tmask", "bcd").check("abcd").matched, ["abc", "bcd"]);
    assert.equal(list("abc\tallow", "bcd").check("abcd").verdict, "reject");
    assert.equal(list("abcd", "bc\tallow").check("abcd").verdict, "reject");
  });

  it("[MD-9] counts all words at one place, unless one is allowed", () => {
    assert.deepEqual(list("min gan\tmask", "mingan\thold").check("m i n g a n").matched.toSorted(), [
      "min gan",
      "mingan",
    ]);
    assert.equal(list("min gan\tmask", "mingan\thold").check("m i n g a n").verdict, "hold");
    assert.equal(list("min gan\tallow", "mingan").check("m i n g a n").verdict, "allow");
    assert.equal(list("min gan", "mingan\tallow").check("m i n g a n").verdict, "allow");
  });

  it("[MD-10] gives the strictest verdict", () => {
    const words = list("a\tallow", "b\tmask", "c\thold", "d\treject");

    assert.deepEqual(
      ["x", "a", "ab", "abc", "abcd", "cb", "db"].map((text) => words.check(text).verdict),
      ["allow", "allow", "mask", "hold", "reject", "hold", "reject"],
    );
  });

  it("[MD-11] masks exactly the graphemes of the word", () => {
    const masked = (word: string, text: string) => list(`${word}\tmask`).check(text).content;

    assert.equal(masked("bad", "👨‍👩‍👧bad👍🏽 b.a.d BÁD"), "👨‍👩‍👧***👍🏽 *.*.* ***");
    assert.equal(masked("敏感", "很敏*感的"), "很***的");
    assert.equal(masked("😀", "a😀b"), "a*b");
    assert.equal(masked("ss", "Straße"), "Stra*e");
    assert.equal(masked("fi", "ﬁne"), "*ne");
    assert.equal(masked("e", "e\u0323\u0301x"), "*x");
    assert.equal(masked("go home", "go  home!"), "**  ****!");
    assert.equal(masked("aa", "aaa"), "***");
  });

  it("[MD-11] masks what is held and leaves what is rejected", () => {
    const words = list("bad\tmask", "doubt\thold", "worst");

    assert.equal(words.check("bad doubt").content, "*** doubt");
    assert.equal(words.check("bad worst").content, "bad worst");
  });

  it("[MD-11] changes nothing but by masking", () => {
    const words = list("ab\tmask", "敏感\tmask", "b");
    const unit = fc.constantFrom("a", "b", "敏", "感", " ", "*", ".", "👍🏽", "é", "x");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
        const { content, verdict } = words.check(text);
        const graphemes = (of: string) => [...new Intl.Segmenter().segment(of)].map(({ segment }) => segment);
        const before = graphemes(text);
        const after = graphemes(content);

        assert.equal(after.length, before.length);
        if (verdict !== "mask") assert.equal(content, text);
        for (const [index, grapheme] of after.entries()) {
          assert.ok(grapheme === before[index] || grapheme === "*");
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("[MD-12] names each word once, as the list has it, in the text's order", () => {
    const words = list("Bad\tmask", "ＵＧＬＹ", "fine\tallow");

    assert.deepEqual(words.check("fine ugly bad BAD b.a.d").matched, ["ＵＧＬＹ", "Bad"]);
  });

  it("[MD-13] finds any plain word in any text around it", () => {
    const word = fc.stringMatching(/^[a-z敏感]{1,8}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 10 }),
        word,
        word,
        (words, before, after) => {
          const text = before + words[0]! + after;
          const { verdict, matched } = list(...words).check(text);

          assert.equal(verdict, "reject");
          // What is named is there, and what is there is named or lies in something longer that is named.
          for (const named of matched) assert.ok(text.includes(named));
          for (const each of words.filter((one) => text.includes(one))) {
            assert.ok(matched.some((named) => named.includes(each)));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("[MD-13] takes any text without failing", () => {
    const words = list("ab\tmask", "a b\thold", "敏感\tmask", "c++\tmask", "\u3099x\tmask");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        assert.equal(words.check(text).content.isWellFormed(), text.isWellFormed());
      }),
      { numRuns: 2000 },
    );
  });
});
