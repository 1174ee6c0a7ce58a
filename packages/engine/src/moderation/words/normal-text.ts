/** What a unit of normal text is to the rules of MD-5 and MD-6. */
export const SPACE = 0;
/** Punctuation and symbols. */
export const MARK = 1;
/** Letters and digits of scripts that put spaces between words. */
export const LETTER = 2;
/** Letters of scripts that do not: Han, kana, Thai and their like. */
export const IDEOGRAPH = 3;

/**
 * A text as words are searched in it: `text` has one UTF-16 unit for each entry of the arrays. Width, case, diacritics
 * and invisible characters are gone, runs of spaces are one space; `starts` and `ends` lead back to the original.
 */
export interface NormalText {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly kinds: readonly number[];
}

/** Marks that only decorate, as ranges. Those that spell (Thai and Indic vowels, kana's voicing) stay. */
const DECORATIONS: readonly (readonly [number, number])[] = [
  [0x300, 0x36f],
  [0x64b, 0x65f],
  [0x670, 0x670],
  [0x180b, 0x180f],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x20d0, 0x20ff],
  [0xfe00, 0xfe2f],
  [0xe0100, 0xe01ef],
];
/** Marks and format characters (zero width, direction, soft hyphen, tags), and the Hangul fillers. */
const MAY_VANISH = /[\p{M}\p{Cf}\u115f\u1160\u3164\uffa0]/gu;
const IS_MARK = /\p{M}/u;

function vanishes(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return !IS_MARK.test(character) || DECORATIONS.some(([from, to]) => code >= from && code <= to);
}

/** Marks, and the half-width voicing of kana. */
const BELONGS_TO_PREVIOUS = /[\p{M}\uff9e\uff9f]/u;
const IS_SPACE = /[\p{Z}\s\u2800]/u;
const IS_WORD = /[\p{L}\p{N}\p{M}]/u;
const IS_UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u3005\u30fc]/u;

/** The plain Han block, most of what is read here: its characters are their own normal form. */
const isHan = (code: number): boolean => code >= 0x4e00 && code <= 0x9fff;

function kindOf(character: string): number {
  const code = character.charCodeAt(0);
  if (code < 0x80) {
    if ((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) return LETTER;
    return code <= 0x20 ? SPACE : MARK;
  }
  if (isHan(code)) return IDEOGRAPH;
  if (IS_SPACE.test(character)) return SPACE;
  if (IS_UNSPACED.test(character)) return IDEOGRAPH;
  return IS_WORD.test(character) ? LETTER : MARK;
}

/** One character with what belongs to it, in the form in which variants are equal. */
function fold(cluster: string): string {
  if (cluster.length === 1 && (isHan(cluster.charCodeAt(0)) || cluster.charCodeAt(0) < 0x80)) {
    return cluster.toLowerCase();
  }
  const bare = cluster.normalize("NFKD").replace(MAY_VANISH, (found) => (vanishes(found) ? "" : found));
  // Up and down again folds what has several lower cases: ß and ss, σ and ς, ı and i.
  return bare.toLowerCase().toUpperCase().toLowerCase().normalize("NFC");
}

/** End of the character at `start`, with the marks that belong to it. */
function clusterEnd(text: string, start: number): number {
  let end = start + ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
  while (end < text.length) {
    const code = text.codePointAt(end) ?? 0;
    if (code < 0x300 || isHan(code) || !BELONGS_TO_PREVIOUS.test(String.fromCodePoint(code))) return end;
    end += code > 0xffff ? 2 : 1;
  }
  return end;
}

/** `original` in normal form, with the way back. O(length). */
export function normalise(original: string): NormalText {
  const starts: number[] = [];
  const ends: number[] = [];
  const kinds: number[] = [];
  let text = "";
  for (let start = 0, end = 0; start < original.length; start = end) {
    end = clusterEnd(original, start);
    for (const character of fold(original.slice(start, end))) {
      const kind = kindOf(character);
      if (kind === SPACE && kinds.at(-1) === SPACE) {
        ends[ends.length - 1] = end;
        continue;
      }
      text += kind === SPACE ? " " : character;
      while (kinds.length < text.length) {
        starts.push(start);
        ends.push(end);
        kinds.push(kind);
      }
    }
  }
  return { text, starts, ends, kinds };
}

/** `normal` without spaces and marks, and for each of its units the index in `normal`. */
export interface JoinedText {
  readonly text: string;
  readonly indexes: readonly number[];
}

export function joinWords({ text, kinds }: NormalText): JoinedText {
  const indexes: number[] = [];
  let joined = "";
  for (const [index, kind] of kinds.entries()) {
    if (kind === SPACE || kind === MARK) continue;
    indexes.push(index);
    joined += text.charAt(index);
  }
  return { text: joined, indexes };
}
