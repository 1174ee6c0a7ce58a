import { escaped } from "./escape.ts";

/** A cell: text stands left, numbers right. */
export type Cell = string | number;

export interface TableSpec {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/** A number as people read it: 1,234.5. */
export const figure = (value: number): string => numbers.format(value);

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

/** A number of at most eight signs, for a narrow place. */
export const shortFigure = (value: number): string =>
  value >= 1e6 ? short.format(value) : figure(value >= 100 ? Math.round(value) : value);

function cell(value: Cell, tag: "td" | "th"): string {
  const [attribute, text] = typeof value === "number" ? [' class="n"', figure(value)] : ["", escaped(value)];
  return `<${tag}${tag === "th" ? ' scope="row"' : ""}${attribute}>${text}</${tag}>`;
}

/** A table that scrolls sideways where the screen is narrow; the first cell of a row names it. */
export function table({ head, rows }: TableSpec): string {
  // A column of numbers has its name above the numbers.
  const isNumeric = (column: number): boolean => rows.some((row) => typeof row[column] === "number");
  const names = head.map(
    (name, column) => `<th scope="col"${isNumeric(column) ? ' class="n"' : ""}>${escaped(name)}</th>`,
  );
  const body = rows.map(
    ([first = "", ...rest]) =>
      `<tr>${cell(first, "th")}${rest.map((value) => cell(value, "td")).join("")}</tr>`,
  );
  return `<div class="scroll" tabindex="0"><table><thead><tr>${names.join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}
