import type { Context } from "@barrage/kernel";
import type { Link } from "../connection/link.ts";
import type { Database } from "../connection/database.ts";
import { asPartitionKeeper, madePeriods } from "../partitions/partition-keeper.ts";
import { tableOf } from "../partitions/period.ts";
import type { Period } from "../partitions/period.ts";
import { asMoment } from "./item-columns.ts";

export const RETENTION = {
  floor: "SELECT at FROM archive_floor",
  raise: "UPDATE archive_floor SET at = $1",
  /** What is there for readers and will not be once $1 is the floor. */
  counted:
    "SELECT count(*) AS count FROM archive_item WHERE at < $1 AND at >= (SELECT at FROM archive_floor)",
  strays: `
    DELETE FROM archive_item_stray WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM archive_item_stray WHERE at < $1 LIMIT $2))`,
  audit: `
    DELETE FROM audit WHERE place = ANY (ARRAY(SELECT place FROM audit WHERE at < $1 ORDER BY at LIMIT $2))`,
  bytes: `
    SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0) AS bytes FROM pg_inherits
    WHERE inhparent = 'archive_item'::regclass`,
} as const;

/** Rows deleted in one statement: some tens of ms. */
const ROWS_PER_STEP = 5_000;

interface Policy {
  readonly before: number;
  readonly maxBytes: number;
}

/** Forgets what is old, and what is too much: whole partitions at a time, without touching a row of them. */
export class ArchiveRetention {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** How many items are gone for readers. Audit events go with them, by age alone. */
  async retain({ before, maxBytes }: Policy, ctx: Context): Promise<number> {
    const floor = asMoment(before);
    const gone = await this.raiseFloor(floor, ctx);
    await this.deleteSteps(RETENTION.strays, floor, ctx);
    await this.deleteSteps(RETENTION.audit, floor, ctx);
    const old = await this.database.use((link, own) => madePeriods(link, own), ctx);
    for (const period of old.filter(({ to }) => to <= floor)) await this.drop(period, ctx);
    return gone + (await this.shrink(maxBytes, ctx));
  }

  /** What lies below is not there for readers from now on. */
  private async raiseFloor(floor: number, ctx: Context): Promise<number> {
    return this.database.use(
      (link, own) =>
        link.transaction(async () => {
          const { rows } = await link.query(`${RETENTION.floor} FOR UPDATE`, [], own);
          if (Number(rows[0]?.["at"]) > floor) await deleteBelowFloor(link, own);
          const counted = await link.query(RETENTION.counted, [floor], own);
          await link.query(RETENTION.raise, [floor], own);
          return Number(counted.rows[0]?.["count"]);
        }, own),
      ctx,
    );
  }

  private async deleteSteps(statement: string, below: number, ctx: Context): Promise<number> {
    let gone = 0;
    for (;;) {
      const { count } = await this.database.use(
        (link, own) => link.query(statement, [below, ROWS_PER_STEP], own),
        ctx,
      );
      gone += count;
      if (count < ROWS_PER_STEP) return gone;
    }
  }

  /** Rows that went; undefined when another process keeps the partitions now: then this one stays until the next time. */
  private async drop(period: Period, ctx: Context): Promise<number | undefined> {
    const table = tableOf(period);
    return this.database.use(async (link, own) => {
      const count = await link.query(
        `SELECT count(*) AS count FROM ${table} WHERE at >= (${RETENTION.floor})`,
        [],
        own,
      );
      const isDropped = await asPartitionKeeper(
        link,
        async () => {
          await link.query(`DROP TABLE IF EXISTS ${table}`, [], own);
          return true;
        },
        own,
      );
      return isDropped === true ? Number(count.rows[0]?.["count"]) : undefined;
    }, ctx);
  }

  /** The oldest partitions go until the rest is small enough; the one that holds the present stays whatever its size. */
  private async shrink(maxBytes: number, ctx: Context): Promise<number> {
    const now = ctx.clock.wall();
    let gone = 0;
    for (;;) {
      const bytes = await this.database.use((link, own) => link.query(RETENTION.bytes, [], own), ctx);
      if (Number(bytes.rows[0]?.["bytes"]) <= maxBytes) return gone;
      const periods = await this.database.use((link, own) => madePeriods(link, own), ctx);
      const [oldest] = periods;
      if (oldest === undefined || oldest.to > now) return gone;
      gone += await this.deleteSteps(RETENTION.strays, oldest.to, ctx);
      const dropped = await this.drop(oldest, ctx);
      if (dropped === undefined) return gone;
      gone += dropped;
    }
  }
}

/** A policy became longer: what an earlier one took from the readers must not come back to them. */
async function deleteBelowFloor(link: Link, ctx: Context): Promise<void> {
  await link.query("SET LOCAL statement_timeout = 0", [], ctx);
  await link.query(`DELETE FROM archive_item WHERE at < (${RETENTION.floor})`, [], ctx);
}
