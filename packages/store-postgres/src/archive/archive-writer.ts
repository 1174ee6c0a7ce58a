import type { ArchivedItem } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { Link } from "../connection/link.ts";
import { asKey, toRow } from "./item-columns.ts";
import type { ItemRow } from "./item-columns.ts";
import { RoomOrder } from "./room-order.ts";

/** `seq` alone says which record it is: it always has the same room and `at`. Gives what was not there yet. */
export const INSERT = `
  INSERT INTO archive_item (seq, at, room, uid, id, body, kept)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[])
  ON CONFLICT (room, at, seq) DO NOTHING RETURNING seq`;

/** What recalls do, by what they name. */
export const HIDING = {
  id: "UPDATE archive_item SET hidden = true WHERE room = $1 AND id = $2 AND seq < $3 AND NOT hidden",
  uid: "UPDATE archive_item SET hidden = true WHERE room = $1 AND uid = $2 AND seq < $3 AND NOT hidden",
} as const;

/** Writes items that are not there yet and hides what recalls among them take back; within a transaction of the caller's. */
export async function writeItems(
  link: Link,
  items: readonly ArchivedItem[],
  rowsPerInsert: number,
  ctx: Context,
): Promise<void> {
  const rows = items.map(toRow).toSorted((one, other) => one.seq - other.seq);
  const rooms = [...new Set(rows.map(({ room }) => room))];
  const order = await RoomOrder.of(link, rooms, ctx);
  const fresh: ItemRow[] = [];
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    fresh.push(...(await insert(link, rows.slice(start, start + rowsPerInsert), ctx)));
  }
  if (fresh.length === 0) return;
  await order.note(fresh, ctx);
  await order.save(ctx);
  for (const row of fresh) await hide(link, row, ctx);
}

async function insert(link: Link, rows: readonly ItemRow[], ctx: Context): Promise<readonly ItemRow[]> {
  const columns = [
    rows.map(({ seq }) => seq),
    rows.map(({ at }) => at),
    rows.map(({ room }) => room),
    rows.map(({ uid }) => uid),
    rows.map(({ id }) => id),
    rows.map(({ body }) => body),
    rows.map(({ kept }) => kept),
  ];
  const answer = await link.query(INSERT, columns, ctx);
  const written = new Set(answer.rows.map((row) => Number(row["seq"])));
  // The same seq may stand in the batch twice.
  return rows.filter(({ seq }) => written.delete(seq));
}

async function hide(link: Link, { room, seq, target }: ItemRow, ctx: Context): Promise<void> {
  if (target === undefined) return;
  if ("id" in target) await link.query(HIDING.id, [room, asKey(target.id), seq], ctx);
  else await link.query(HIDING.uid, [room, asKey(target.uid), seq], ctx);
}
