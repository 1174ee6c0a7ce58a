import type { Match } from "./matches.ts";
import { SPACE } from "./normal-text.ts";
import type { NormalText } from "./normal-text.ts";

export const MASK = "*";

let segmenter: Intl.Segmenter | undefined;

/** `original` with a `*` for every grapheme of `matches`; spaces and separators between stay. */
export function maskMatches(original: string, normal: NormalText, matches: readonly Match[]): string {
  const hidden = new Uint8Array(original.length);
  for (const { units } of matches) {
    for (const unit of units) {
      if (normal.kinds[unit] === SPACE) continue;
      hidden.fill(1, normal.starts[unit], normal.ends[unit]);
    }
  }
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  let masked = "";
  for (const { segment, index } of segmenter.segment(original)) {
    masked += hidden.subarray(index, index + segment.length).includes(1) ? MASK : segment;
  }
  return masked;
}
