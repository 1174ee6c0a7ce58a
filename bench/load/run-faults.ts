import type { LoadReport } from "@barrage/load";
import { reasonForNoResult } from "./effort.ts";

/** What viewers did not get as they should have, and why the run is no result, for people; empty when all is well. */
export function runFaults(report: LoadReport): readonly string[] {
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
  const noResult = reasonForNoResult(report);
  return noResult === undefined ? all : [...all, `no result: ${noResult}`];
}
