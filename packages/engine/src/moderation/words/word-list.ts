import { Automaton } from "./automaton.ts";
import { wordsError } from "./errors.ts";
import { parseListFile, VERDICTS } from "./list-file.ts";
import type { Verdict, Word } from "./list-file.ts";
import { maskMatches } from "./mask.ts";
import { outermost } from "./matches.ts";
import type { Match } from "./matches.ts";
import { joinWords, normalise } from "./normal-text.ts";
import type { NormalText } from "./normal-text.ts";
import { isWordEdge, spacingFits } from "./spacing.ts";

/** What a word list says of one danmaku. */
export interface WordVerdict {
  readonly verdict: Verdict;
  /** NFC, with the words masked that are to be masked; unchanged when nothing is. */
  readonly content: string;
  /** The list's words that decided, as the list has them, each once, in the text's order; no allowed ones. */
  readonly matched: readonly string[];
}

/** Lines named in one error: a screen of them. */
const PROBLEMS_SHOWN = 20;

const isStricter = (a: Verdict, b: Verdict): boolean => VERDICTS.indexOf(a) > VERDICTS.indexOf(b);

/**
 * A list of words and what becomes of a danmaku that holds one.
 *
 * Shape      immutable: a new list is a new object, so a reload is one assignment. Rules MD-1 to MD-14.
 * Cost       `parse` O(letters x log words); `check` O(length + matches).
 * Errors     `parse` throws WORDS_BAD_LIST with every bad line; `check` throws nothing.
 * Example    WordList.parse("bad\tmask").check("B.A.D!") is { verdict: "mask", content: "*.*.*!", matched: ["bad"] }
 */
export class WordList {
  readonly #words: readonly Word[];
  readonly #exact: Automaton;
  readonly #spaced: Automaton;
  /** Words by the index the spaced automaton gives: several may join to the same text. */
  readonly #spacedWords: readonly (readonly Word[])[];

  private constructor(words: readonly Word[]) {
    this.#words = words;
    this.#exact = new Automaton(words.map(({ normal }) => normal));
    const byJoined = new Map<string, Word[]>();
    for (const word of words) {
      if (word.joined === undefined) continue;
      const same = byJoined.get(word.joined);
      if (same === undefined) byJoined.set(word.joined, [word]);
      else same.push(word);
    }
    this.#spaced = new Automaton([...byJoined.keys()]);
    this.#spacedWords = [...byJoined.values()];
  }

  static parse(text: string): WordList {
    const { words, problems } = parseListFile(text);
    if (problems.length > 0) {
      const lines = problems.slice(0, PROBLEMS_SHOWN).map(({ line, reason }) => `line ${line}: ${reason}`);
      throw wordsError("WORDS_BAD_LIST", { count: problems.length, lines: lines.join("; ") });
    }
    return new WordList(words);
  }

  get size(): number {
    return this.#words.length;
  }

  check(content: string): WordVerdict {
    const original = content.normalize("NFC");
    const normal = normalise(original);
    const found = this.#find(normal);
    // Most danmaku hold no word at all: nothing more is made for them.
    if (found.length === 0) return { verdict: "allow", content: original, matched: [] };
    const matches = outermost(found).filter(({ word }) => word.verdict !== "allow");
    let verdict: Verdict = "allow";
    for (const { word } of matches) if (isStricter(word.verdict, verdict)) verdict = word.verdict;
    const masked = matches.filter(({ word }) => word.verdict === "mask");
    return {
      verdict,
      content: masked.length === 0 || verdict === "reject" ? original : maskMatches(original, normal, masked),
      matched: [...new Set(matches.map(({ word }) => word.text))],
    };
  }

  #find(normal: NormalText): readonly Match[] {
    const matches: Match[] = [];
    this.#exact.find(normal.text, (index, end) => {
      const word = this.#words[index];
      if (word === undefined) return;
      const start = end - word.normal.length;
      if (word.isPhrase && isCut(normal, start, end)) return;
      matches.push({ word, units: Array.from({ length: end - start }, (_, offset) => start + offset) });
    });
    const joined = joinWords(normal);
    // Without a separator there is nothing the exact search has not seen.
    if (joined.text.length === normal.text.length) return matches;
    this.#spaced.find(joined.text, (index, end) => {
      for (const word of this.#spacedWords[index] ?? []) {
        const units = joined.indexes.slice(end - (word.joined?.length ?? 0), end);
        if (isPulledApart(normal, units, word)) matches.push({ word, units });
      }
    });
    return matches;
  }
}

/** True if a phrase from `start` to before `end` begins or ends in the middle of a word of the text. */
const isCut = (normal: NormalText, start: number, end: number): boolean =>
  !isWordEdge(normal, start - 1, start) || !isWordEdge(normal, end - 1, end);

/** A match of the joined text that the exact search cannot see, and that the rules for separators allow. */
function isPulledApart(normal: NormalText, units: readonly number[], word: Word): boolean {
  const start = units[0] ?? 0;
  const end = (units.at(-1) ?? 0) + 1;
  if (end - start === units.length) return false;
  if (word.isPhrase && isCut(normal, start, end)) return false;
  return spacingFits(normal, units, word.gaps ?? []);
}
