import type { Measured } from "../trap.ts";

/** The element at an index that has one; a mistake of the caller is named where it happens. */
function elementAt<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new RangeError(`no element ${index} in a list of ${list.length}`);
  return element;
}

function gaps(times: readonly number[]): number[] {
  const found: number[] = [];
  for (let at = 0; at + 1 < times.length; at++) found.push(elementAt(times, at + 1) - elementAt(times, at));
  return found;
}

export async function run(): Promise<Measured> {
  const total = gaps([100, 130, 190]).reduce((sum, gap) => sum + gap, 0);
  return { what: "ms from the first gift to the last", meant: 90, got: total };
}
