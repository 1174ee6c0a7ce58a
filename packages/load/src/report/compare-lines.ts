import type { Comparison } from "./compare.ts";
import { ms } from "./lines.ts";

const WIDTHS = [16, 12, 12, 9] as const;

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => (index === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[index] ?? 0)))
    .join(" ")
    .trimEnd();

const figure = (value: number | undefined): string =>
  value === undefined ? "-" : Number.isInteger(value) ? String(value) : ms(value);

/** A comparison as lines for a person: what differs in the runs themselves comes first. */
export function compareLines({ rows, differences }: Comparison): readonly string[] {
  const worse = rows.filter(({ change }) => change === "worse").map(({ measure }) => measure);
  return [
    ...differences.map(([path, a, b]) => `not alike: ${path}  A ${a}  B ${b}`),
    row(["measure", "A", "B", "B / A"]),
    ...rows.map(({ measure, a, b, ratio, change }) => {
      const cells = [measure, figure(a), figure(b), ratio?.toFixed(3) ?? "-"];
      return `${row(cells)}${change === "" ? "" : `  ${change}`}`;
    }),
    worse.length === 0 ? "nothing is worse" : `worse: ${worse.join(", ")}`,
  ];
}
