import type { Finding, Measured } from "./trap.ts";

/** What came of running one trap. */
export interface Outcome {
  readonly id: string;
  readonly title: string;
  readonly damage: readonly Measured[];
  /** What the detection said of the reproduction. */
  readonly found: readonly Finding[];
  /** The lines it has to name. */
  readonly guilty: readonly number[];
  readonly safe: readonly Measured[];
  /** What the detection said of the safe version: nothing, if all is well. */
  readonly reported: readonly Finding[];
}

export const isDamaged = ({ meant, got }: Measured): boolean => meant !== got;

export const showMeasured = ({ what, meant, got }: Measured): string => `${what}: ${got}, meant ${meant}`;

export const showFinding = ({ tool, guilty, line }: Finding): string => `${tool}: ${guilty}, line ${line}`;

/** What is wrong with a trap; nothing, if it does what the catalogue promises. */
export function problems({ damage, found, guilty, safe, reported }: Outcome): readonly string[] {
  const named = new Set(found.map(({ line }) => line));
  return [
    ...(damage.length === 0 ? ["the reproduction measures nothing"] : []),
    ...damage.filter((each) => !isDamaged(each)).map((each) => `no damage: ${showMeasured(each)}`),
    ...(guilty.length === 0 ? ["the reproduction has no line marked as guilty"] : []),
    ...guilty.filter((line) => !named.has(line)).map((line) => `the detection misses line ${line}`),
    ...found
      .filter(({ line }) => !guilty.includes(line))
      .map((each) => `another line is named: ${showFinding(each)}`),
    ...safe.filter(isDamaged).map((each) => `the safe version is damaged: ${showMeasured(each)}`),
    ...(safe.length === damage.length ? [] : ["the safe version does not measure the same"]),
    ...reported.map((each) => `the safe version is reported: ${showFinding(each)}`),
  ];
}

/** What came of a trap's process: an outcome, or how it failed to give one. */
export type Ran = { readonly outcome: Outcome } | { readonly failure: string };

/** What is wrong with a trap that was run; nothing, if all is well. */
export const complaints = (ran: Ran): readonly string[] =>
  "failure" in ran ? [ran.failure] : problems(ran.outcome);
