import type { Gap, SeenItem } from "@barrage/client";
import type { Author, RoomEvent } from "@barrage/protocol";

/** One line of the list. */
export type Row =
  | { readonly key: string; readonly kind: "danmaku"; readonly record: Danmaku }
  | { readonly key: string; readonly kind: "superchat"; readonly record: Superchat }
  | { readonly key: string; readonly kind: "gift"; readonly record: Gift }
  | { readonly key: string; readonly kind: "enter"; readonly author: Author }
  | { readonly key: string; readonly kind: "event"; readonly event: RoomEvent }
  | { readonly key: string; readonly kind: "gap"; readonly gap: Gap };

export type Danmaku = Extract<SeenItem, { kind: "danmaku" }>;
export type Superchat = Extract<SeenItem, { kind: "superchat" }>;
export type Gift = Extract<SeenItem, { kind: "gift" }>;

/** Lines kept (a count): what a screen reader and a scrolling eye can follow, whatever the room's pace. */
export const ROWS_MAX = 200;

/** The line for a record; undefined for one that has none. */
export function rowOf(item: SeenItem): Row | undefined {
  const key = item.id;
  switch (item.kind) {
    case "danmaku":
      return { key, kind: "danmaku", record: item };
    case "superchat":
      return { key, kind: "superchat", record: item };
    case "gift":
      return { key, kind: "gift", record: item };
    case "enter":
      return { key, kind: "enter", author: item.author };
    case "room-event":
      return isNews(item.event) ? { key, kind: "event", event: item.event } : undefined;
    case "like":
    case "recall":
      return undefined;
  }
}

/** Who was muted is between them and the moderators. */
const isNews = (event: RoomEvent): boolean =>
  ["live", "offline", "title", "slow_mode", "policies", "closed"].includes(event.type);

export const authorOf = (row: Row): Author | undefined => {
  if (row.kind === "enter") return row.author;
  return row.kind === "event" || row.kind === "gap" ? undefined : row.record.author;
};

export const textOf = (row: Row): string =>
  row.kind === "danmaku" || row.kind === "superchat" ? row.record.content : "";

/** `rows` and then `more`, the newest kept. */
export function appendRows(rows: readonly Row[], more: readonly Row[]): readonly Row[] {
  if (more.length === 0) return rows;
  return [...rows, ...more].slice(-ROWS_MAX);
}

/** `rows` with the counts of merged danmaku, by the seq of the first; the same rows where none is among them. */
export function recountRows(rows: readonly Row[], counts: ReadonlyMap<number, number>): readonly Row[] {
  if (!rows.some((row) => row.kind === "danmaku" && counts.has(row.record.seq))) return rows;
  return rows.map((row) => {
    const merged = row.kind === "danmaku" ? counts.get(row.record.seq) : undefined;
    return row.kind !== "danmaku" || merged === undefined
      ? row
      : { ...row, record: { ...row.record, merged } };
  });
}

/** Does a recall mean this record? A recall of a user means what they sent before it. */
export function isRecalled(
  record: { readonly id: string; readonly author: Author; readonly seq: number },
  recall: Extract<SeenItem, { kind: "recall" }>,
): boolean {
  const { target } = recall;
  if ("id" in target) return record.id === target.id;
  return record.author.uid === target.uid && record.seq < recall.seq;
}
