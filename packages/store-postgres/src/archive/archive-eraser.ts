import type { Context } from "@barrage/kernel";
import type { Link } from "../connection/link.ts";

export const ERASING = {
  rooms: `
    SELECT room, bool_or(at >= (SELECT at FROM archive_floor)) AS shown
    FROM archive_item WHERE uid = $1 GROUP BY room`,
  step: `
    DELETE FROM archive_item WHERE uid = $1 AND room = $2 AND seq <= (
      SELECT max(seq) FROM (
        SELECT seq FROM archive_item WHERE uid = $1 AND room = $2 ORDER BY seq LIMIT $3) first)`,
} as const;

/** Rows deleted in one statement: some tens of ms. */
const ROWS_PER_STEP = 5_000;

/** Rooms in which a user has written, and whether any of it can still be read. */
export async function roomsOf(
  link: Link,
  uid: string,
  ctx: Context,
): Promise<readonly { readonly room: string; readonly isShown: boolean }[]> {
  const { rows } = await link.query(ERASING.rooms, [uid], ctx);
  return rows.map((row) => ({ room: String(row["room"]), isShown: row["shown"] === true }));
}

/** Deletes some of a user's rows in a room; false when there is none. */
export async function eraseStep(link: Link, uid: string, room: string, ctx: Context): Promise<boolean> {
  const { count } = await link.query(ERASING.step, [uid, room, ROWS_PER_STEP], ctx);
  return count > 0;
}
