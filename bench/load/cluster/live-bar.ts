import type { Judged } from "../bars.ts";
import { NO_RESULT } from "../run-faults.ts";

/** Judges p95 from publish to receive, ms. A run with a fault does not hold; one that is no result says nothing. */
export function judgeLive(
  p95: number,
  faults: readonly string[],
  { rate, bar }: { readonly rate: number; readonly bar: number },
): Judged {
  const name = `publish-to-receive p95 through Kafka and Redis at ${rate}/s at most ${bar} ms`;
  const noResult = faults.find((fault) => fault.startsWith(NO_RESULT));
  if (noResult !== undefined) return { bar: name, found: noResult, holds: undefined };
  const [fault] = faults;
  const found = `${p95.toFixed(2)} ms${fault === undefined ? "" : `, but ${fault}`}`;
  return { bar: name, found, holds: fault === undefined && p95 <= bar };
}
