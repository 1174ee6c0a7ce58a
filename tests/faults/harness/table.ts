import type { Row } from "./run-case.ts";

const HEAD = [
  "case",
  "acknowledged",
  "sent again",
  "lost",
  "doubled",
  "out of order",
  "gaps told",
  "resumed, ms",
  "bar, ms",
  "peak, MiB",
  "verdict",
] as const;

const cells = ({ name, outcome, barMs, peakBytes, skipped, missed }: Row): readonly string[] =>
  outcome === undefined
    ? [name, "", "", "", "", "", "", "", String(barMs), "", `skipped: ${skipped ?? ""}`]
    : [
        name,
        String(outcome.acknowledged),
        String(outcome.retries),
        String(outcome.lost),
        String(outcome.duplicated),
        String(outcome.disordered),
        String(outcome.withheld),
        String(Math.round(outcome.silenceMs)),
        String(barMs),
        String(Math.round(peakBytes / 1_048_576)),
        missed.length === 0 ? "holds" : "MISSED",
      ];

/** One row a case, as Markdown or in columns. */
export function tableOf(rows: readonly Row[], isMarkdown: boolean): string {
  const table = [HEAD, ...rows.map(cells)];
  if (isMarkdown) {
    const line = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
    const rule = `| ${HEAD.map((_, i) => (i === 0 || i === HEAD.length - 1 ? "---" : "---:")).join(" | ")} |`;
    return [line(HEAD), rule, ...table.slice(1).map(line)].join("\n");
  }
  const widths = HEAD.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  const pad = (cell: string, i: number): string =>
    i === 0 || i === HEAD.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return table.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}
