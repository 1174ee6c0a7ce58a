import { ms } from "@barrage/load";
import type { LatencySummary } from "@barrage/load";
import { table } from "./table.ts";

/** Heading of the cells of a latency, ms. */
export const LATENCY_HEADING = ["p50 ms", "p95 ms", "p99 ms", "max ms"] as const;

export const latencyCells = ({ p50, p95, p99, max }: LatencySummary): readonly string[] =>
  [p50, p95, p99, max].map(ms);

/** From the moment a send was due to its receipt by a viewer, and to its acknowledgement. */
export function latencyTable({
  delivery,
  ack,
}: Readonly<Record<"delivery" | "ack", LatencySummary>>): string {
  const rows = [
    ["delivered", delivery],
    ["acknowledged", ack],
  ] as const;
  return table(
    ["from due to", "count", ...LATENCY_HEADING],
    rows.map(([name, summary]) => [name, summary.count, ...latencyCells(summary)]),
  );
}
