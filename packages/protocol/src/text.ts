import { protocolError } from "./errors/table.ts";

// C0, DEL and C1 controls, all line breaks (a danmaku is one line), the two noncharacters that XML 1.0 cannot hold, and
// lone surrogates: with the `u` flag a pair is one character and does not match.
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufffe\uffff]/u;
const EVERY_FORBIDDEN = new RegExp(FORBIDDEN, "gu");

/** Nothing to see: spaces, format characters (zero width, direction), the fillers and the blank that fonts draw as nothing. */
const INVISIBLE = /^[\s\p{Z}\p{Cf}\u115f\u1160\u2800\u3164\uffa0]*$/u;

/** UTF-16 units that one grapheme may take on average before a text is refused without counting: stacked marks, not writing. */
const UNITS_PER_GRAPHEME_MAX = 16;

let segmenter: Intl.Segmenter | undefined;

/** User-perceived characters of `text`, counted up to `limit + 1`. O(length). */
export function countGraphemes(text: string, limit: number): number {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  let count = 0;
  for (const _ of segmenter.segment(text)) {
    count += 1;
    if (count > limit) break;
  }
  return count;
}

/** False for a control character, a line break, a lone surrogate or a noncharacter. */
export const isCleanText = (text: string): boolean => !FORBIDDEN.test(text);

/** `text` without what `isCleanText` refuses: for files written by others, where a stray character must not lose the line. */
export const cleanText = (text: string): string => text.replace(EVERY_FORBIDDEN, "");

/**
 * A danmaku's text, checked and in NFC. White space at the ends is kept: people draw with it.
 *
 * Errors     BARRAGE_CONTENT_EMPTY, BARRAGE_CONTENT_TOO_LONG, BARRAGE_CONTENT_BAD_CHARACTER.
 */
export function parseContent(text: string, limit: number): string {
  if (text.length > limit * UNITS_PER_GRAPHEME_MAX)
    throw protocolError("BARRAGE_CONTENT_TOO_LONG", { limit });
  if (!isCleanText(text)) throw protocolError("BARRAGE_CONTENT_BAD_CHARACTER");
  const normal = text.normalize("NFC");
  if (INVISIBLE.test(normal)) throw protocolError("BARRAGE_CONTENT_EMPTY");
  // A text has at most as many graphemes as UTF-16 units, so most need no segmenter.
  if (normal.length > limit && countGraphemes(normal, limit) > limit) {
    throw protocolError("BARRAGE_CONTENT_TOO_LONG", { limit });
  }
  return normal;
}

/**
 * A title or a name: trimmed, in NFC, 1 to `limit` graphemes, no control character.
 *
 * Errors     BARRAGE_BAD_FIELD naming `field`.
 */
export function parseLine(field: string, text: string, limit: number): string {
  const trimmed = text.normalize("NFC").trim();
  const fits =
    trimmed !== "" &&
    isCleanText(trimmed) &&
    trimmed.length <= limit * UNITS_PER_GRAPHEME_MAX &&
    (trimmed.length <= limit || countGraphemes(trimmed, limit) <= limit);
  if (!fits) {
    throw protocolError("BARRAGE_BAD_FIELD", {
      field,
      rule: `must be 1 to ${limit} characters without controls`,
    });
  }
  return trimmed;
}
