import type { Context } from "@barrage/kernel";
import type { Link } from "../connection/link.ts";
import type { ItemRow } from "./item-columns.ts";

/** What is known of a room's times. */
interface RoomTimes {
  latestAt: number;
  lastSeq: number;
  /** By how much an `at` lies below that of an earlier record at most. */
  disorder: number;
}

const ADD = `
  INSERT INTO archive_room (id, latest_at, last_seq, disorder)
  SELECT id, -9007199254740991, 0, 0 FROM unnest($1::text[]) id ORDER BY id ON CONFLICT (id) DO NOTHING`;
const LOCK = `
  SELECT id, latest_at, last_seq, disorder FROM archive_room WHERE id = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE`;
const SAVE = `
  UPDATE archive_room r SET latest_at = n.latest_at, last_seq = n.last_seq, disorder = n.disorder
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) n (id, latest_at, last_seq, disorder)
  WHERE r.id = n.id`;

/** Of a record that came late: the largest time before it and the smallest after it. */
const AROUND = `
  SELECT (SELECT at FROM archive_item WHERE room = $1 AND at > $3 AND seq < $2 ORDER BY at DESC, seq DESC LIMIT 1) AS before,
         (SELECT at FROM archive_item WHERE room = $1 AND at < $3 AND seq > $2 ORDER BY at, seq LIMIT 1) AS after`;

/**
 * Keeps `archive_room` true while items are written: who holds it has these rooms alone, so the order in which two
 * archivers write them is one order.
 */
export class RoomOrder {
  private readonly link: Link;
  private readonly rooms = new Map<string, RoomTimes>();

  private constructor(link: Link) {
    this.link = link;
  }

  /** Locks the rooms until the transaction ends, always in the same order, so that two cannot wait for each other. */
  static async of(link: Link, ids: readonly string[], ctx: Context): Promise<RoomOrder> {
    const order = new RoomOrder(link);
    await link.query(ADD, [ids], ctx);
    const { rows } = await link.query(LOCK, [ids], ctx);
    for (const row of rows) {
      const [latestAt, lastSeq] = [Number(row["latest_at"]), Number(row["last_seq"])];
      order.rooms.set(String(row["id"]), { latestAt, lastSeq, disorder: Number(row["disorder"]) });
    }
    return order;
  }

  /** Takes note of rows that are new in the database, in order of seq. */
  async note(rows: readonly ItemRow[], ctx: Context): Promise<void> {
    const late: ItemRow[] = [];
    for (const row of rows) {
      const times = this.rooms.get(row.room);
      if (times === undefined) continue;
      if (row.seq > times.lastSeq) {
        times.disorder = Math.max(times.disorder, times.lastSeq === 0 ? 0 : times.latestAt - row.at);
        times.latestAt = Math.max(times.latestAt, row.at);
        times.lastSeq = row.seq;
      } else late.push(row);
    }
    for (const row of late) await this.noteLate(row, ctx);
  }

  async save(ctx: Context): Promise<void> {
    const all = [...this.rooms];
    const column = (of: (times: RoomTimes) => number): number[] => all.map(([, times]) => of(times));
    const columns = [column((t) => t.latestAt), column((t) => t.lastSeq), column((t) => t.disorder)];
    await this.link.query(SAVE, [all.map(([id]) => id), ...columns], ctx);
  }

  private async noteLate({ room, seq, at }: ItemRow, ctx: Context): Promise<void> {
    const times = this.rooms.get(room);
    if (times === undefined) return;
    const { rows } = await this.link.query(AROUND, [room, seq, at], ctx);
    const { before, after } = rows[0] ?? {};
    times.latestAt = Math.max(times.latestAt, at);
    // `bigint` comes as text, and nothing as null.
    if (typeof before === "string") times.disorder = Math.max(times.disorder, Number(before) - at);
    if (typeof after === "string") times.disorder = Math.max(times.disorder, at - Number(after));
  }
}
