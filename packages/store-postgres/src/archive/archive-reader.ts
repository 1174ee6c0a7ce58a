import type { HistoryPage, HistoryQuery } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { Link } from "../connection/link.ts";
import { asKey, asMoment, toItem } from "./item-columns.ts";

/** Rows of one answer, whatever was asked for. */
export const ROWS_MAX = 4_096;

export const rowLimit = (limit: number): number => Math.max(0, Math.min(Math.trunc(limit), ROWS_MAX));

const FLOOR = "at >= (SELECT at FROM archive_floor)";
const DISORDER = "(SELECT disorder FROM archive_room WHERE id = $1)";

/**
 * A page gets a range of time as one of seq: nothing at or after `$3` stands before the newest record that is older than
 * that by more than the room's disorder, nothing before `$4` behind the oldest that is younger by as much. Records
 * between are in both ranges; no others are read.
 */
const pageOf = (condition: string): string => `
    SELECT body FROM archive_item
    WHERE room = $1 AND ${condition} AND at >= $3 AND at < $4 AND ${FLOOR}
      AND seq > greatest($2, coalesce((
        SELECT seq FROM archive_item WHERE room = $1 AND at < $3 - ${DISORDER}
        ORDER BY at DESC, seq DESC LIMIT 1), 0))
      AND seq < coalesce((
        SELECT seq FROM archive_item WHERE room = $1 AND at >= $4 + ${DISORDER}
        ORDER BY at, seq LIMIT 1), 9223372036854775807)
    ORDER BY seq LIMIT $5`;

/** Every reading statement, by name, so that a test can ask PostgreSQL for the plan of each. */
export const ARCHIVE_QUERIES = {
  page: pageOf("NOT hidden"),
  keptPage: pageOf("NOT hidden AND kept IS NOT FALSE"),
  latest: `
    SELECT body FROM archive_item WHERE room = $1 AND NOT hidden AND ${FLOOR} ORDER BY seq DESC LIMIT $2`,
  find: `SELECT body FROM archive_item WHERE room = $1 AND id = $2 AND ${FLOOR} LIMIT 1`,
} as const;

export async function readPage(
  link: Link,
  { room, from, to, after, limit, onlyKept = false }: HistoryQuery,
  ctx: Context,
): Promise<HistoryPage> {
  const least = asMoment(from ?? Number.NEGATIVE_INFINITY);
  const most = asMoment(to ?? Number.POSITIVE_INFINITY);
  const wanted = rowLimit(limit);
  const values = [asKey(room), asMoment(after), least, most, wanted + 1];
  const { rows } = await link.query(onlyKept ? ARCHIVE_QUERIES.keptPage : ARCHIVE_QUERIES.page, values, ctx);
  const items = rows.slice(0, wanted).map((row) => toItem(row["body"]));
  const last = items.at(-1);
  return rows.length > wanted && last !== undefined ? { items, next: last.seq } : { items };
}

/** Oldest first. */
export async function readLatest(
  link: Link,
  room: string,
  limit: number,
  ctx: Context,
): Promise<readonly Item[]> {
  const { rows } = await link.query(ARCHIVE_QUERIES.latest, [asKey(room), rowLimit(limit)], ctx);
  return rows.map((row) => toItem(row["body"])).toReversed();
}

export async function readOne(link: Link, room: string, id: string, ctx: Context): Promise<Item | undefined> {
  const { rows } = await link.query(ARCHIVE_QUERIES.find, [asKey(room), asKey(id)], ctx);
  return rows[0] === undefined ? undefined : toItem(rows[0]["body"]);
}
