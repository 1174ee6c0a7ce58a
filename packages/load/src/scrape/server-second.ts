import type { ServerSecond } from "../report/server-second.ts";
import type { ServerFigures } from "./server-figures.ts";

/** What a server said, and when. Units: ms of one clock. */
export interface Reading {
  readonly at: number;
  readonly figures: ServerFigures;
}

/** The second between two readings: growth by the second of what only grows, the later value of all else. */
export function secondBetween(second: number, before: Reading | undefined, after: Reading): ServerSecond {
  const { cpuSeconds, gauges, counters, ...others } = after.figures;
  const metrics: Record<string, number> = { ...gauges };
  const seconds = before === undefined ? 0 : (after.at - before.at) / 1_000;
  const growth = (now: number | undefined, then: number | undefined): number | undefined =>
    // Less than before: the server was started anew.
    now === undefined || then === undefined || now < then || seconds <= 0
      ? undefined
      : (now - then) / seconds;
  for (const [name, value] of Object.entries(counters)) {
    const grown = growth(value, before?.figures.counters[name]);
    if (grown !== undefined) metrics[name] = grown;
  }
  const cpu = growth(cpuSeconds, before?.figures.cpuSeconds);
  return { second, ...(cpu === undefined ? {} : { cpu }), ...others, metrics };
}
