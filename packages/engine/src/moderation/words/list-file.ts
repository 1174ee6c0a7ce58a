import { IDEOGRAPH, joinWords, MARK, normalise, SPACE } from "./normal-text.ts";
import type { NormalText } from "./normal-text.ts";
import { ownGaps } from "./spacing.ts";

export const VERDICTS = ["allow", "mask", "hold", "reject"] as const;
/** What happens to a danmaku, from mild to strict. */
export type Verdict = (typeof VERDICTS)[number];

/** One word of a list. */
export interface Word {
  /** As the list has it. */
  readonly text: string;
  readonly verdict: Verdict;
  /** In normal form. */
  readonly normal: string;
  /** Of several words: it has a space. */
  readonly isPhrase: boolean;
  /** Without its spaces, for a word that separators may pull apart; absent for one that has marks of its own. */
  readonly joined?: string;
  /** For a phrase: where in `joined` a space was. */
  readonly gaps?: readonly boolean[];
}

export interface LineProblem {
  readonly line: number;
  readonly reason: string;
}

/** UTF-16 units of a word in normal form: longer than any danmaku that a word should stand for. */
export const WORD_MAX_UNITS = 64;
/** Four times the largest list this is measured with. */
export const WORDS_MAX = 200_000;

interface Line {
  readonly number: number;
  readonly word: string;
  readonly verdict: string;
}

function readLine(number: number, raw: string): Line | undefined {
  const line = raw.trim();
  if (line === "" || line.startsWith("#")) return undefined;
  const parts = /^(.*?)(?:\t| => )(.*)$/.exec(line);
  const word = (parts?.[1] ?? line).trim();
  // A word that begins with # is written \#.
  return {
    number,
    word: word.startsWith("\\#") ? word.slice(1) : word,
    verdict: (parts?.[2] ?? "reject").trim(),
  };
}

/** Scripts without spaces do not mean the ones they are given: the word `敏 感` is `敏感`. */
const withoutIdleSpaces = ({ text, kinds }: NormalText): string =>
  text.replace(/ /g, (space, index: number) =>
    kinds[index - 1] === IDEOGRAPH || kinds[index + 1] === IDEOGRAPH ? "" : space,
  );

/** `undefined` if nothing visible is left. */
function normalWord(text: string): NormalText | undefined {
  let normal = normalise(text);
  if (normal.kinds.includes(SPACE)) normal = normalise(withoutIdleSpaces(normal));
  return normal.kinds.some((kind) => kind !== SPACE) ? normal : undefined;
}

function wordOf(text: string, verdict: Verdict, normal: NormalText): Word {
  const isPhrase = normal.kinds.includes(SPACE);
  const joined = isPhrase ? joinWords(normal).text : normal.text;
  const base = { text, verdict, normal: normal.text, isPhrase };
  if (normal.kinds.includes(MARK) || joined.length < 2) return base;
  return { ...base, joined, ...(isPhrase ? { gaps: ownGaps(normal) } : {}) };
}

function check({ word, verdict }: Line): Word | string {
  const known = VERDICTS.find((name) => name === verdict);
  if (known === undefined) return `the verdict is none of ${VERDICTS.join(", ")}`;
  const normal = normalWord(word);
  if (normal === undefined) return "the word has no visible character";
  if (!word.isWellFormed()) return "the word is broken Unicode";
  if (normal.text.length > WORD_MAX_UNITS) return `the word is longer than ${WORD_MAX_UNITS} units`;
  return wordOf(word, known, normal);
}

/**
 * The words of a list and every line that is wrong. A line is `word`, or word, tab or ` => `, and verdict; `#` begins
 * a comment line; without a verdict it is reject.
 */
export function parseListFile(text: string): {
  readonly words: readonly Word[];
  readonly problems: readonly LineProblem[];
} {
  const words = new Map<string, { readonly word: Word; readonly line: number }>();
  const problems: LineProblem[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = readLine(index + 1, raw);
    if (line === undefined) continue;
    const checked = check(line);
    if (typeof checked === "string") {
      problems.push({ line: line.number, reason: checked });
      continue;
    }
    const earlier = words.get(checked.normal);
    if (earlier === undefined) words.set(checked.normal, { word: checked, line: line.number });
    else if (earlier.word.verdict !== checked.verdict) {
      problems.push({ line: line.number, reason: `line ${earlier.line} gives this word another verdict` });
    }
    if (words.size > WORDS_MAX) {
      problems.push({ line: line.number, reason: `there are more than ${WORDS_MAX} words` });
      break;
    }
  }
  return { words: [...words.values()].map(({ word }) => word), problems };
}
