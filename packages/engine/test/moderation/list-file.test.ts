import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseListFile, WORD_MAX_UNITS, WordList, WORDS_MAX } from "../../src/moderation/words/index.ts";

const read = (text: string) => {
  const { words, problems } = parseListFile(text);
  return { words: words.map((word) => [word.text, word.verdict]), problems };
};

describe("WordList.parse", () => {
  it("[MD-1] reads words, verdicts and comments", () => {
    const list = "\ufeff# a comment\n\nbad\n  worse \t mask \r\nmin gan => hold\nfine\tallow\n\\#tag\na=>b\n";

    assert.deepEqual(read(list), {
      words: [
        ["bad", "reject"],
        ["worse", "mask"],
        ["min gan", "hold"],
        ["fine", "allow"],
        ["#tag", "reject"],
        ["a=>b", "reject"],
      ],
      problems: [],
    });
  });

  it("[MD-1] takes an empty list", () => {
    assert.equal(WordList.parse("").size, 0);
    assert.deepEqual(WordList.parse("# nothing").check("x"), { verdict: "allow", content: "x", matched: [] });
  });

  it("[MD-2] names every bad line at once", () => {
    const list = ["ok", "bad\tban", "\u200b\u200d\tmask", "\ud800", "OK\thold", "ok", "ｏｋ => reject"].join(
      "\n",
    );

    assert.deepEqual(read(list).problems, [
      { line: 2, reason: "the verdict is none of allow, mask, hold, reject" },
      { line: 3, reason: "the word has no visible character" },
      { line: 4, reason: "the word is broken Unicode" },
      { line: 5, reason: "line 1 gives this word another verdict" },
    ]);
    assert.throws(() => WordList.parse(list), {
      code: "WORDS_BAD_LIST",
      message: /has 4 bad lines: line 2: .*; line 3: .*; line 4: .*; line 5: /,
    });
  });

  it("[MD-2] names twenty lines in the message and counts all", () => {
    const list = Array.from({ length: 21 }, (_, index) => `w${index}\tban`).join("\n");

    assert.throws(() => WordList.parse(list), { message: /has 21 bad lines: .*line 20: (?!.*line 21)/ });
  });

  it("[MD-2] takes a word of 64 units and none of 65", () => {
    const problems = (length: number) => read("x".repeat(length)).problems.length;

    assert.deepEqual([WORD_MAX_UNITS - 1, WORD_MAX_UNITS, WORD_MAX_UNITS + 1].map(problems), [0, 0, 1]);
  });

  it("[MD-2] takes as many words as it says and not one more", () => {
    const list = Array.from({ length: WORDS_MAX }, (_, index) => index.toString(36)).join("\n");

    assert.equal(read(list).problems.length, 0);
    assert.deepEqual(read(`${list}\nlast`).problems, [
      { line: WORDS_MAX + 1, reason: `there are more than ${WORDS_MAX} words` },
    ]);
  });
});
