import type { Judged } from "../bars.ts";

/** Judges p95 from publish to receive, ms; a run in which something went wrong has none. */
export function judgeLive(
  p95: number,
  faults: readonly string[],
  { rate, bar }: { readonly rate: number; readonly bar: number },
): Judged {
  const name = `publish-to-receive p95 through Kafka and Redis at ${rate}/s at most ${bar} ms`;
  const isResult = faults.length === 0 && Number.isFinite(p95);
  const found = `${p95.toFixed(2)} ms${isResult ? "" : `, but ${faults[0] ?? "nothing was received"}`}`;
  return { bar: name, found, holds: isResult && p95 <= bar };
}
