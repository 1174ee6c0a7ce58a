import { IDEOGRAPH, LETTER, normalise, SPACE } from "../../moderation/words/normal-text.ts";

const IS_DIGIT = /\p{Nd}/u;

/**
 * What two danmaku have in common that say nearly the same: without case, width, decorations and spaces, a run of one
 * mark as one, and a run of one letter as two ("哈哈哈哈" and "哈哈", not "god" and "good"). Digits mean what they
 * say, unless the whole text is one of them ("666" and "66666", not "100" and "1000").
 */
export function textKey(content: string): string {
  const { text, kinds } = normalise(content);
  const characters: string[] = [];
  const runs: number[] = [];
  let place = 0;
  for (const character of text) {
    const kind = kinds[place] ?? SPACE;
    place += character.length;
    if (kind === SPACE) continue;
    const last = runs.length - 1;
    if (characters[last] !== character) {
      characters.push(character);
      runs.push(1);
    } else if ((runs[last] ?? 0) < runAtMost(character, kind)) runs[last] = (runs[last] ?? 0) + 1;
  }
  if (characters.length === 1) return (characters[0] ?? "").repeat(Math.min(2, runs[0] ?? 0));
  return characters.map((character, i) => character.repeat(runs[i] ?? 1)).join("");
}

function runAtMost(character: string, kind: number): number {
  if (kind !== LETTER && kind !== IDEOGRAPH) return 1;
  return IS_DIGIT.test(character) ? Number.POSITIVE_INFINITY : 2;
}
