import { isCancelled, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { PARTITIONS_LOCK } from "../connection/advisory-locks.ts";
import type { Link } from "../connection/link.ts";
import type { LinkPool } from "../connection/link-pool.ts";
import { isPostgresError } from "../errors.ts";
import type { OnPostgresEvent } from "../events.ts";
import type { PartitionOptions } from "../settings.ts";
import { overlaps, periodOf, periodOfTable, tableOf } from "./period.ts";
import type { Period } from "./period.ts";

/** Wait, ms, for the lock under which a partition is made or dropped: who reads and writes waits behind it as long. */
export const PARTITION_LOCK_MS = 2_000;

const TABLES = `
  SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'archive_item'::regclass ORDER BY c.relname`;

/** Periods that have a table, oldest first. */
export async function madePeriods(link: Link, ctx: Context): Promise<readonly Period[]> {
  const { rows } = await link.query(TABLES, [], ctx);
  return rows
    .flatMap((row) => periodOfTable(String(row["relname"])) ?? [])
    .toSorted((one, other) => one.from - other.from);
}

/** Runs `body` in a transaction that alone makes and drops partitions; undefined when another process does so now. */
export async function asPartitionKeeper<T>(
  link: Link,
  body: () => Promise<T>,
  ctx: Context,
): Promise<T | undefined> {
  return link.transaction(async () => {
    const { rows } = await link.query(
      "SELECT pg_try_advisory_xact_lock($1, $2) AS got",
      PARTITIONS_LOCK,
      ctx,
    );
    if (rows[0]?.["got"] !== true) return undefined;
    await link.query(`SET LOCAL lock_timeout = ${PARTITION_LOCK_MS}`, [], ctx);
    return body();
  }, ctx);
}

/** Makes partitions before they are needed, again and again. */
export class PartitionKeeper {
  private readonly pool: LinkPool;
  private readonly options: PartitionOptions;
  private readonly onEvent: OnPostgresEvent;

  constructor(pool: LinkPool, options: PartitionOptions, onEvent: OnPostgresEvent) {
    this.pool = pool;
    this.options = options;
    this.onEvent = onEvent;
  }

  /** Makes those around now. Where somebody holds the lock that it takes strays take what comes, and `run` tries again. */
  async begin(ctx: Context): Promise<void> {
    try {
      await this.make(this.options.behind, ctx);
    } catch (error) {
      if (!isPostgresError(error) || error.code !== "PG_BLOCKED") throw error;
      this.onEvent({ type: "partitions_failed", error });
    }
  }

  /** Runs until cancelled. A failure is told, and tried again at the next look: until then strays take what comes. */
  async run(ctx: Context): Promise<void> {
    using ticker = new Ticker(this.options.everyMs, ctx);
    for await (const _ of ticker) {
      try {
        await this.make(0, ctx);
      } catch (error) {
        if (isCancelled(error)) throw error;
        this.onEvent({ type: "partitions_failed", error });
      }
    }
  }

  /** Makes those that are missing, from so many before now on. Strays that belong there move in. */
  async make(behind: number, ctx: Context): Promise<void> {
    const { by, ahead } = this.options;
    const now = ctx.clock.wall();
    const wanted = Array.from({ length: behind + 1 + ahead }, (_, i) => periodOf(now, by, i - behind));
    const names: string[] = [];
    for (const period of wanted) {
      const isMade = await this.pool.use(
        (link, own) => asPartitionKeeper(link, () => makePartition(link, period, own), own),
        ctx,
      );
      if (isMade === true) names.push(tableOf(period));
    }
    if (names.length > 0) this.onEvent({ type: "partitions_made", names });
  }
}

/** False when the period is taken, if only in part: after `by` was changed the old ones stay. */
async function makePartition(link: Link, period: Period, ctx: Context): Promise<boolean> {
  const made = await madePeriods(link, ctx);
  if (made.some((other) => overlaps(other, period))) return false;
  const table = tableOf(period);
  const { from, to } = period;
  // Locked first and whole: a row that came in between would be in neither, and two steps of locking invite a deadlock.
  await link.query("LOCK TABLE archive_item_stray IN ACCESS EXCLUSIVE MODE", [], ctx);
  // Made beside and then attached: making it in place would hold up all who read.
  await link.query(`CREATE TABLE ${table} (LIKE archive_item INCLUDING DEFAULTS)`, [], ctx);
  await link.query(
    `WITH stray AS (DELETE FROM archive_item_stray WHERE at >= ${from} AND at < ${to} RETURNING *)
     INSERT INTO ${table} SELECT * FROM stray`,
    [],
    ctx,
  );
  await link.query(
    `ALTER TABLE archive_item ATTACH PARTITION ${table} FOR VALUES FROM (${from}) TO (${to})`,
    [],
    ctx,
  );
  return true;
}
