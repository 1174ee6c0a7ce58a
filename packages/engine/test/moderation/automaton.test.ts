import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Automaton } from "../../src/moderation/words/index.ts";

type Found = readonly [word: string, end: number];

function search(words: readonly string[], text: string): readonly Found[] {
  const found: Found[] = [];
  new Automaton(words).find(text, (word, end) => found.push([words[word]!, end]));
  return found;
}

function naive(words: readonly string[], text: string): readonly Found[] {
  const found: Found[] = [];
  for (let end = 1; end <= text.length; end += 1) {
    for (const word of words) if (text.slice(0, end).endsWith(word)) found.push([word, end]);
  }
  return found;
}

const inOrder = (found: readonly Found[]) =>
  found.toSorted(([a, endA], [b, endB]) => endA - endB || (a < b ? -1 : 1));

describe("Automaton", () => {
  it("[MD-13] finds what a naive search finds, on alphabets so small that words overlap", () => {
    const letters = fc.constantFrom("a", "b", "ab", "弹", "😀");
    const word = fc.string({ unit: letters, minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { maxLength: 12 }),
        fc.string({ unit: letters, maxLength: 40 }),
        (words, text) => {
          assert.deepEqual(inOrder(search(words, text)), inOrder(naive(words, text)));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("[MD-13] finds what a naive search finds in any text", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(
      fc.property(fc.uniqueArray(text.filter((word) => word !== "")), text, text, (words, before, after) => {
        const whole = before + (words[0] ?? "") + after;
        assert.deepEqual(inOrder(search(words, whole)), inOrder(naive(words, whole)));
      }),
      { numRuns: 500 },
    );
  });

  it("[MD-13] names the longest first among words of one end", () => {
    assert.deepEqual(search(["he", "she", "e", "hers"], "shers"), [
      ["she", 3],
      ["he", 3],
      ["e", 3],
      ["hers", 5],
    ]);
  });

  it("[MD-13] has one node for each distinct prefix, and is quiet without words", () => {
    assert.equal(new Automaton(["abc", "abd", "b"]).nodes, 1 + 5);
    assert.deepEqual(search([], "abc"), []);
    assert.deepEqual(search(["a"], ""), []);
  });
});
