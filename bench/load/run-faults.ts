import type { LoadReport } from "@barrage/load";
import { reasonForNoBound, reasonForNoResult } from "./effort.ts";

/** How a fault begins that says nothing of the server. */
export const NO_RESULT = "no result: ";

/**
 * What viewers did not get as they should have, and why the run is no result, for people; empty when all is well.
 *
 * `isWithinBar`: every second's latencies, those too in which the generator's event loop was late, are within the bar.
 */
export function runFaults(report: LoadReport, isWithinBar = false): readonly string[] {
  const { audience, refused, faults, closed, sample } = report;
  const counted: Readonly<Record<string, number>> = {
    "deliveries are missing": audience.lost,
    "records were withheld": audience.withheld,
    "gaps were announced": audience.gaps,
    doubles: audience.doubles,
    "records out of order": audience.disordered,
    "batches off their chain": audience.chainBreaks,
    "wrong contents": sample.wrong,
  };
  const all = Object.entries(counted)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
  for (const [what, counts] of Object.entries({ refused, broken: faults, closed }))
    if (Object.keys(counts).length > 0) all.push(`${what}: ${JSON.stringify(counts)}`);
  const noResult = isWithinBar ? reasonForNoBound(report) : reasonForNoResult(report);
  return noResult === undefined ? all : [...all, `${NO_RESULT}${noResult}`];
}
