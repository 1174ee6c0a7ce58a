import { stateToJson } from "@barrage/engine";
import type { CataloguedRoom, CatalogWrite } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { asKey, asMoment } from "../archive/item-columns.ts";
import type { Link } from "../connection/link.ts";

/**
 * What was read before the write, or is written at the same time, may be older or newer: the later record wins. Rows come in
 * order of their ids, so that two writers cannot wait for each other.
 */
export const UPSERT = `
  INSERT INTO room_state AS old (id, seq, head_seq, head_n, closed, live, newest, state)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[], $6::boolean[], $7::bigint[], $8::text[])
  ON CONFLICT (id) DO UPDATE SET
    seq = excluded.seq, head_seq = excluded.head_seq, head_n = excluded.head_n, closed = excluded.closed,
    live = excluded.live, newest = greatest(old.newest, excluded.newest), state = excluded.state
  WHERE old.seq < excluded.seq`;

/** Writes states that are newer than those there; within a transaction of the caller's. */
export async function writeRooms(link: Link, { items, rooms }: CatalogWrite, ctx: Context): Promise<void> {
  const latest = new Map<string, CataloguedRoom>();
  for (const room of rooms) {
    const key = asKey(room.state.id);
    if ((latest.get(key)?.seq ?? -1) < room.seq) latest.set(key, room);
  }
  const newest = new Map<string, number>();
  for (const { room, item } of items) {
    const key = asKey(room);
    newest.set(key, Math.max(newest.get(key) ?? 0, asMoment(item.at)));
  }
  const sorted = [...latest].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const column = <T>(of: (room: CataloguedRoom) => T): T[] => sorted.map(([, room]) => of(room));
  const columns = [
    sorted.map(([id]) => id),
    column(({ seq }) => seq),
    column(({ state }) => state.head.seq),
    column(({ state }) => state.head.n),
    column(({ state }) => state.closed),
    column(({ state }) => state.live),
    sorted.map(([id]) => newest.get(id) ?? 0),
    column(({ state }) => JSON.stringify(stateToJson(state))),
  ];
  await link.query(UPSERT, columns, ctx);
}
