import type { DatabaseSync } from "node:sqlite";
import { IS_KEPT } from "./archive-schema.ts";
import { rowLimit } from "../database/row-limit.ts";

export interface PageRange {
  readonly room: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly after: number;
  readonly limit: number;
  readonly onlyKept: boolean;
}

/** Every reading statement, by name, so that a test can ask SQLite for the plan of each. */
export const ARCHIVE_QUERIES = {
  firstFrom: "SELECT seq FROM item WHERE room = ? AND latest_at >= ? ORDER BY latest_at, seq LIMIT 1",
  disorder: "SELECT disorder FROM room WHERE id = ?",
  page: `SELECT body FROM item INDEXED BY item_shown
    WHERE room = ? AND seq >= ? AND seq < ? AND at >= ? AND at < ? AND hidden = 0 ORDER BY seq LIMIT ?`,
  keptPage: `SELECT body FROM item INDEXED BY item_kept
    WHERE room = ? AND seq >= ? AND seq < ? AND at >= ? AND at < ? AND hidden = 0 AND ${IS_KEPT} ORDER BY seq LIMIT ?`,
  latest:
    "SELECT body FROM item INDEXED BY item_shown WHERE room = ? AND hidden = 0 ORDER BY seq DESC LIMIT ?",
  find: "SELECT body FROM item WHERE room = ? AND id = ? LIMIT 1",
} as const;

/** Reading pages of history, each by an index whatever range is asked for. */
export function archiveReader(db: DatabaseSync) {
  const firstFrom = db.prepare(ARCHIVE_QUERIES.firstFrom);
  const disorder = db.prepare(ARCHIVE_QUERIES.disorder);
  const page = db.prepare(ARCHIVE_QUERIES.page);
  const keptPage = db.prepare(ARCHIVE_QUERIES.keptPage);
  const latest = db.prepare(ARCHIVE_QUERIES.latest);
  const find = db.prepare(ARCHIVE_QUERIES.find);

  const seqFrom = (room: string, at: number): number =>
    Number(firstFrom.get(room, at)?.["seq"] ?? Number.MAX_SAFE_INTEGER);

  return {
    /** JSON of the items, one more than `limit` if there are more. */
    query({ room, from, to, after, limit, onlyKept }: PageRange): string[] {
      const least = from ?? Number.MIN_SAFE_INTEGER;
      const most = to ?? Number.MAX_SAFE_INTEGER;
      const lowest = from === null ? 0 : seqFrom(room, from);
      // Nothing whose `latest_at` is at least `to + disorder` has an `at` below `to`.
      const behind = Number(disorder.get(room)?.["disorder"] ?? 0);
      const highest = to === null ? Number.MAX_SAFE_INTEGER : seqFrom(room, to + behind);
      const first = Math.max(after + 1, lowest);
      const rows = (onlyKept ? keptPage : page).all(room, first, highest, least, most, rowLimit(limit) + 1);
      return rows.map((row) => String(row["body"]));
    },
    /** Newest first. */
    latest: (room: string, limit: number): string[] =>
      latest.all(room, rowLimit(limit)).map((row) => String(row["body"])),
    find(room: string, id: string): string | null {
      const row = find.get(room, id);
      return row === undefined ? null : String(row["body"]);
    },
  };
}
