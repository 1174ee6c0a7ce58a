import { background } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { PostgresArchive } from "./archive/postgres-archive.ts";
import { PostgresAudit } from "./audit/postgres-audit.ts";
import { PostgresCatalog } from "./catalog/postgres-catalog.ts";
import type { ConnectGuard } from "./connection/connect-guard.ts";
import { addressOf } from "./connection/connection-settings.ts";
import type { ConnectionSettings } from "./connection/connection-settings.ts";
import { Database } from "./connection/database.ts";
import type { PostgresFigures } from "./connection/database.ts";
import type { OnPostgresEvent } from "./events.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import {
  checkWhole,
  MONITOR_DEFAULTS,
  PARTITION_DEFAULTS,
  POOL_DEFAULTS,
  ROWS_PER_INSERT,
} from "./settings.ts";
import type { MonitorOptions, PartitionOptions, PoolOptions } from "./settings.ts";

/** What is absent has the default of `POOL_DEFAULTS`, `MONITOR_DEFAULTS`, `PARTITION_DEFAULTS`. */
export interface PostgresOptions {
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
  /** Absent: PostgreSQL is tried each time. */
  readonly guard?: ConnectGuard;
  /** Absent: those of this package. */
  readonly migrations?: readonly Migration[];
}

/** What is durable beside the log: history, room states, and who did what. One pool and one monitor serve all three. */
export interface PostgresStore {
  readonly archive: PostgresArchive;
  readonly catalog: PostgresCatalog;
  readonly audit: PostgresAudit;
  /** Why it is not ready; undefined while it is. */
  readonly health: string | undefined;
  readonly figures: PostgresFigures;
  /**
   * Reaches the database and brings it to its newest form, now, or throws why that cannot be: a code that is not retryable
   * is for a person (PG_REFUSED, PG_DENIED, PG_NEWER, PG_MIGRATION_CHANGED). Not calling it does no harm: a task does so too.
   */
  prepare(ctx: Context): Promise<void>;
  /** Lets what is under way end, then closes every connection and ends every task. */
  close(): Promise<void>;
}

/**
 * The store on PostgreSQL, whether or not its server can be reached now: a task tries until it can, and prepares it then.
 *
 * Shape      any number of processes on one database. `ctx` gives the clock; only `close` ends what was opened.
 * Errors     PG_ADDRESS, or a bound that is none; everything else is told by `health`, and fails operations.
 */
export function openPostgresStore(options: PostgresOptions, ctx: Context = background): PostgresStore {
  const { onEvent = () => undefined, rowsPerInsert = ROWS_PER_INSERT, migrations = MIGRATIONS } = options;
  const pool = { ...POOL_DEFAULTS, ...options.pool };
  const monitor = { ...MONITOR_DEFAULTS, ...options.monitor };
  const partitions = { ...PARTITION_DEFAULTS, ...options.partitions };
  checkWhole({ ...pool, rowsPerInsert }, 1);
  checkWhole({ everyMs: partitions.everyMs, probeMs: monitor.probeMs, lookEveryMs: monitor.everyMs }, 1);
  checkWhole({ ahead: partitions.ahead, behind: partitions.behind }, 0);
  addressOf(options.url);
  const connection = connectionOf(options, pool);
  const guard = options.guard === undefined ? {} : { guard: options.guard };
  const database = new Database(
    { connection, pool, monitor, partitions, migrations, onEvent, ...guard },
    ctx,
  );
  return {
    archive: new PostgresArchive(database, rowsPerInsert),
    catalog: new PostgresCatalog(database, rowsPerInsert),
    audit: new PostgresAudit(database),
    get health() {
      return database.health;
    },
    get figures() {
      return database.figures;
    },
    prepare: (own) => database.prepare(own),
    close: () => database.close(),
  };
}

function connectionOf(options: PostgresOptions, pool: PoolOptions): ConnectionSettings {
  const { connectMs, statementMs, lockMs, idleInTransactionMs } = pool;
  const { url, applicationName = "barrage archive" } = options;
  return { url, applicationName, connectMs, statementMs, lockMs, idleInTransactionMs };
}
