import { background, Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { PostgresArchive } from "./archive/postgres-archive.ts";
import { addressOf } from "./connection/connection-settings.ts";
import type { ConnectionSettings } from "./connection/connection-settings.ts";
import { LinkPool } from "./connection/link-pool.ts";
import { Monitor } from "./connection/monitor.ts";
import type { OnPostgresEvent } from "./events.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { migrate } from "./migrations/migrate.ts";
import type { Migration } from "./migrations/migration.ts";
import { PartitionKeeper } from "./partitions/partition-keeper.ts";
import {
  checkWhole,
  MONITOR_DEFAULTS,
  PARTITION_DEFAULTS,
  POOL_DEFAULTS,
  ROWS_PER_INSERT,
} from "./settings.ts";
import type { MonitorOptions, PartitionOptions, PoolOptions } from "./settings.ts";

/** What is absent has the default of `POOL_DEFAULTS`, `MONITOR_DEFAULTS`, `PARTITION_DEFAULTS`. */
export interface PostgresArchiveOptions {
  /** `postgresql://user:password@host:5432/database`; messages name host and database only. */
  readonly url: string;
  /** What PostgreSQL shows of our sessions. */
  readonly applicationName?: string;
  readonly pool?: Partial<PoolOptions>;
  readonly monitor?: Partial<MonitorOptions>;
  readonly partitions?: Partial<PartitionOptions>;
  /** Rows of one insert; a write of more makes several, in one transaction. */
  readonly rowsPerInsert?: number;
  readonly onEvent?: OnPostgresEvent;
  /** Absent: those of this package. */
  readonly migrations?: readonly Migration[];
}

/**
 * Opens the archive: brings the database to its newest form, makes the partitions of the time around now, and starts the
 * tasks that look after both.
 *
 * Shape      any number of processes on one database. `ctx` gives the clock; cancelling it gives up opening, not what
 *            was opened: `close` ends that.
 * Errors     PG_ADDRESS, PG_UNREACHABLE, PG_REFUSED, PG_DENIED, PG_NEWER, PG_MIGRATION_CHANGED; nothing is left open then.
 */
export async function openPostgresArchive(
  options: PostgresArchiveOptions,
  ctx: Context = background,
): Promise<PostgresArchive> {
  const { onEvent = () => undefined, rowsPerInsert = ROWS_PER_INSERT, migrations = MIGRATIONS } = options;
  const poolOptions = { ...POOL_DEFAULTS, ...options.pool };
  const monitorOptions = { ...MONITOR_DEFAULTS, ...options.monitor };
  const partitions = { ...PARTITION_DEFAULTS, ...options.partitions };
  checkWhole({ ...poolOptions, rowsPerInsert }, 1);
  checkWhole(
    { everyMs: partitions.everyMs, probeMs: monitorOptions.probeMs, lookEveryMs: monitorOptions.everyMs },
    1,
  );
  checkWhole({ ahead: partitions.ahead, behind: partitions.behind }, 0);
  addressOf(options.url);
  const connection = connectionOf(options, poolOptions);

  const scope = new Scope(ctx.detached(), { name: "postgres archive", onError: "report" });
  const pool = new LinkPool(connection, poolOptions, scope, onEvent);
  try {
    await pool.use((link, own) => migrate(link, migrations, own), ctx);
    const keeper = new PartitionKeeper(pool, partitions, onEvent);
    await keeper.make(partitions.behind, ctx);
    await pool.fill(ctx);
    const monitor = new Monitor(
      { connection, pool, poolOptions, options: monitorOptions, onEvent },
      ctx.clock,
    );
    scope.spawn((own) => monitor.run(own), { name: "look at PostgreSQL" });
    scope.spawn((own) => keeper.run(own), { name: "make partitions" });
    return new PostgresArchive({ pool, monitor, scope, rowsPerInsert });
  } catch (error) {
    await pool.close();
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

function connectionOf(options: PostgresArchiveOptions, pool: PoolOptions): ConnectionSettings {
  const { connectMs, statementMs, lockMs, idleInTransactionMs } = pool;
  const { url, applicationName = "barrage archive" } = options;
  return { url, applicationName, connectMs, statementMs, lockMs, idleInTransactionMs };
}
