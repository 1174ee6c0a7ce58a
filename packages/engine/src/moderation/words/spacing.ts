import { LETTER, MARK, SPACE } from "./normal-text.ts";
import type { NormalText } from "./normal-text.ts";

/** Separators in one gap of a word; wider ones are two places of a text, not one word pulled apart. */
export const GAP_MAX = 8;

const isLetter = (text: NormalText, index: number): boolean => text.kinds[index] === LETTER;

/** Index after the character at `index`: an astral one has two units. */
const nextCharacter = (text: NormalText, index: number): number => {
  const code = text.text.codePointAt(index) ?? 0;
  return index + (code > 0xffff ? 2 : 1);
};

/** True if the letter at `index` has no letter beside it. */
function standsAlone(text: NormalText, index: number): boolean {
  const first = /[\udc00-\udfff]/.test(text.text.charAt(index)) ? index - 1 : index;
  return !isLetter(text, first - 1) && !isLetter(text, nextCharacter(text, first));
}

/** True where a phrase may begin (`index` - 1 is before it) or end: not in the middle of a word. */
export function isWordEdge(text: NormalText, before: number, after: number): boolean {
  return !(isLetter(text, before) && isLetter(text, after));
}

/** For each unit of a word without its separators: does the word itself have a separator before it? */
export function ownGaps(normal: NormalText): readonly boolean[] {
  const gaps: boolean[] = [];
  let gap = false;
  for (const kind of normal.kinds) {
    if (kind === SPACE || kind === MARK) {
      gap = true;
      continue;
    }
    gaps.push(gap && gaps.length > 0);
    gap = false;
  }
  return gaps;
}

/** A gap in the text between two neighbours of a word. */
interface Gap {
  readonly left: number;
  readonly right: number;
  /** The word itself has one here. */
  readonly own: boolean;
}

/** Whether the neighbours of a word may stand as they do in the text: rules MD-5 to MD-7. */
function gapFits(text: NormalText, { left, right, own }: Gap): boolean {
  const wide = right - left - 1;
  if (wide > GAP_MAX) return false;
  if (!isLetter(text, left) || !isLetter(text, right)) return true;
  // `therapist` is not `the rapist`, and `min gan` is two words: only b.a.d is one.
  if (own) return wide > 0;
  return wide === 0 || (standsAlone(text, left) && standsAlone(text, right));
}

/**
 * Whether the units at `indexes` of `text`, which spell a word without its separators, are that word written with
 * other separators. `gaps` is `ownGaps` of the word, empty for none.
 */
export function spacingFits(text: NormalText, indexes: readonly number[], gaps: readonly boolean[]): boolean {
  let alone = true;
  for (const index of indexes) alone &&= !isLetter(text, index) || standsAlone(text, index);
  // Every letter by itself: m i n g a n, whether the word is `mingan` or `min gan`.
  const fits = (own: boolean): boolean =>
    indexes.every((right, position) => {
      const left = indexes[position - 1];
      return left === undefined || gapFits(text, { left, right, own: own && gaps[position] === true });
    });
  return fits(true) || (alone && fits(false));
}
