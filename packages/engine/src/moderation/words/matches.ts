import type { Word } from "./list-file.ts";

/** One place where a word stands in a text. */
export interface Match {
  readonly word: Word;
  /** Units of the normal text, in order; separators that are not the word's own are not among them. */
  readonly units: readonly number[];
}

const first = ({ units }: Match): number => units[0] ?? 0;
const last = ({ units }: Match): number => units.at(-1) ?? 0;

/**
 * The matches that count: of two, one inside the other, the longer one (MD-9), so an allowed word shields what is in
 * it; overlapping ones both. Of two at one place an allowed word wins, then the order given. O(matches x log matches).
 */
export function outermost(matches: readonly Match[]): readonly Match[] {
  const byStart = matches.toSorted(
    (a, b) =>
      first(a) - first(b) ||
      last(b) - last(a) ||
      Number(b.word.verdict === "allow") - Number(a.word.verdict === "allow"),
  );
  const kept: Match[] = [];
  let reach = -1;
  let previous: Match | undefined;
  for (const match of byStart) {
    const inside = last(match) <= reach;
    // Two words at exactly one place both count, unless the first of them is allowed.
    const twin =
      previous !== undefined &&
      first(previous) === first(match) &&
      last(previous) === last(match) &&
      previous.word.verdict !== "allow" &&
      previous.word !== match.word;
    if (inside && !twin) continue;
    kept.push(match);
    previous = match;
    reach = Math.max(reach, last(match));
  }
  return kept;
}
