export type PeriodLength = "day" | "month";

/** A span of time by UTC, ms: `from` inclusive, `to` exclusive. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** The day or month that a moment lies in, or the one so many after (before, if negative) it. */
export function periodOf(at: number, by: PeriodLength, after = 0): Period {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const start = (more: number): number =>
    by === "month" ? Date.UTC(year, month + more) : Date.UTC(year, month, day + more);
  return { from: start(after), to: start(after + 1) };
}

/** Name of the table that holds a period: `archive_item_20260101_20260201`. Both ends, so that lengths may change. */
export function tableOf({ from, to }: Period): string {
  return `archive_item_${dayOf(from)}_${dayOf(to)}`;
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10).replaceAll("-", "");

/** The period of a table, by its name; undefined for a table that has none. */
export function periodOfTable(name: string): Period | undefined {
  const [, from, to] = /^archive_item_(\d{8})_(\d{8})$/.exec(name) ?? [];
  return from === undefined || to === undefined ? undefined : { from: momentOf(from), to: momentOf(to) };
}

const momentOf = (day: string): number =>
  Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6)));

export const overlaps = (one: Period, other: Period): boolean => one.from < other.to && other.from < one.to;
