const pad = (value: number): string => String(value).padStart(2, "0");

/** H:MM:SS.cc, rounded to the centisecond that the format has. */
export function assTime(ms: number): string {
  const cs = Math.round(ms / 10);
  const seconds = Math.floor(cs / 100);
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(seconds % 60)}.${pad(cs % 100)}`;
}

/** &HBBGGRR&: red and blue change places. */
export function assColor(rgb: number): string {
  const bgr = ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16);
  return `&H${bgr.toString(16).toUpperCase().padStart(6, "0")}&`;
}

/** Two hex digits, 00 opaque to FF clear. */
export const assAlpha = (opacity: number): string =>
  Math.round((1 - opacity) * 255)
    .toString(16)
    .toUpperCase()
    .padStart(2, "0");

/**
 * `text` as an event's text that no renderer takes for a command. A backslash has no escape in the format: a word joiner
 * after it keeps it from making one.
 */
export function assText(text: string): string {
  return text
    .replace(/\\/g, "\\\u2060")
    .replace(/[{}]/g, "\\$&")
    .replace(/\r\n|[\n\r\u2028\u2029]/g, "\\N")
    .replace(/^ +| +$/g, (spaces) => "\\h".repeat(spaces.length));
}

/** Widest Latin letters are about this many em; an estimate that is too high costs room, one too low would let danmaku touch. */
const NARROW_EM = 0.65;
const NO_WIDTH = /[\p{M}\p{Cf}]/u;

/** Width of `text` in px at `fontSize` without any font at hand: an em for a wide character, 0.65 em for a Latin one. */
export function estimateWidth(text: string, fontSize: number): number {
  let em = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x300 && NO_WIDTH.test(character)) continue;
    em += code < 0x1100 ? NARROW_EM : 1;
  }
  return Math.ceil(em * fontSize);
}
