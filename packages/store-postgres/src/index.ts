// ---- the archive
export { openPostgresArchive } from "./open-postgres-archive.ts";
export type { PostgresArchiveOptions } from "./open-postgres-archive.ts";
export type { PostgresArchive, PostgresFigures } from "./archive/postgres-archive.ts";
// ---- its bounds
export { MONITOR_DEFAULTS, PARTITION_DEFAULTS, POOL_DEFAULTS } from "./settings.ts";
export type { MonitorOptions, PartitionOptions, PoolOptions } from "./settings.ts";
export type { PeriodLength } from "./partitions/period.ts";
// ---- what happens to it
export type { Blocker, PostgresEvent } from "./events.ts";
// ---- errors
export { isPostgresError, POSTGRES_ERRORS, postgresError } from "./errors.ts";
export type { PostgresErrorCode } from "./errors.ts";
