import type { CostFile, Input, Sized } from "./sizing-model.ts";
import { size, viewersUntil } from "./sizing-model.ts";

/** Between these lines of the guide stands what the script writes. */
const [BEGIN, END] = ["<!-- sizing: written by bench/sizing.ts -->", "<!-- sizing: end -->"];

const grouped = (value: number, digits: number): string =>
  value.toLocaleString("en-US", { maximumFractionDigits: digits });

/** Three digits that count; whole numbers whole. */
const shown = (value: number): string =>
  value >= 100 || Number.isInteger(value) ? grouped(value, 0) : String(Number(value.toPrecision(3)));

const tableOf = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const valueOf = ({ value, unit }: Input): string =>
  value === null ? "not measured" : `${shown(value)} ${unit}`.trim();

const inputRows = (inputs: Readonly<Record<string, Input>>): readonly (readonly string[])[] =>
  Object.entries(inputs).map(([name, input]) => {
    const { what, source, by } = input;
    const origin = source ?? (by === undefined ? undefined : `\`${by}\``);
    return [`\`${name}\``, valueOf(input), what, ...(origin === undefined ? [] : [origin])];
  });

const cell = ({ value, unit, missing }: Sized): string =>
  value === undefined
    ? `needs ${missing.map((name) => `\`${name}\``).join(", ")}`
    : `${shown(value)} ${unit}`;

/** What takes more of the machines than anything else, or cannot be had more of. */
function limitRows(costs: CostFile, viewers: readonly number[]): readonly (readonly string[])[] {
  const sized = viewers.map((count) => size(costs, count));
  const masters = costs.chosen["redisMastersMax"]?.value ?? 0;
  const rows: readonly (readonly [string, string])[] = [
    ["gateways", "writes to viewers' sockets"],
    ["feedGateways", "gateways besides, to take in the feed, viewers anywhere"],
    ["feedShards", "Redis masters for the feed, viewers anywhere"],
    ["placedShards", "Redis masters for the feed, a room's viewers together"],
    ["links", "machines, by their network"],
  ];
  const fits = (name: string): string => {
    const count = viewersUntil(costs, name, masters);
    return count === undefined
      ? ""
      : `${masters} masters last to ${shown(Number(count.toPrecision(2)))} viewers`;
  };
  return rows.map(([name, what]) => {
    const cells = sized.map((all) => all.find((each) => each.name === name));
    const [first, last] = [cells[0]?.value, cells.at(-1)?.value];
    const growth = first === undefined || last === undefined ? "" : `x ${shown(last / first)}`;
    return [
      `\`${name}\``,
      what,
      ...cells.map((each) => (each === undefined ? "" : cell(each))),
      growth,
      name.endsWith("Shards") ? fits(name) : "",
    ];
  });
}

/** Inputs and arithmetic as Markdown, a column for each number of viewers. */
export function sizingSection(costs: CostFile, viewers: readonly number[]): string {
  const sized = viewers.map((count) => size(costs, count));
  const rows = (sized[0] ?? []).map(({ name, text }, i) => [
    `\`${name}\``,
    text,
    ...sized.map((all) => {
      const of = all[i];
      return of === undefined ? "" : cell(of);
    }),
  ]);
  const counts = viewers.map((count) => `${grouped(count, 0)} viewers`);
  return [
    BEGIN,
    "### What was measured",
    tableOf(["name", "value", "what", "source, or what measures it"], inputRows(costs.measured)),
    "### What was chosen",
    tableOf(["name", "value", "what"], inputRows(costs.chosen)),
    "### The arithmetic",
    tableOf(["name", "from", ...counts], rows),
    "### What grows how",
    tableOf(["name", "what", ...counts, "growth", "limit"], limitRows(costs, viewers)),
    END,
  ].join("\n\n");
}

/** The page with a new section in the place of the old one. */
export function withSection(page: string, section: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the page has no place for it: ${BEGIN} ... ${END}`);
  return page.slice(0, from) + section + page.slice(to + END.length);
}
