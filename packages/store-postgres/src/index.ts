// ---- the store: archive, catalogue of rooms, audit
export { openPostgresStore } from "./open-postgres-store.ts";
export type { PostgresOptions, PostgresStore } from "./open-postgres-store.ts";
export type { PostgresAudit } from "./audit/postgres-audit.ts";
export type { PostgresCatalog } from "./catalog/postgres-catalog.ts";
export type { PostgresFigures } from "./connection/database.ts";
// ---- the archive alone
export { openPostgresArchive } from "./open-postgres-archive.ts";
export type { PostgresArchive } from "./archive/postgres-archive.ts";
// ---- its bounds
export type { ConnectGuard } from "./connection/connect-guard.ts";
export { MONITOR_DEFAULTS, PARTITION_DEFAULTS, POOL_DEFAULTS } from "./settings.ts";
export type { MonitorOptions, PartitionOptions, PoolOptions } from "./settings.ts";
export type { PeriodLength } from "./partitions/period.ts";
// ---- what happens to it
export type { Blocker, PostgresEvent } from "./events.ts";
export { postgresLine } from "./postgres-line.ts";
export type { PostgresLine } from "./postgres-line.ts";
// ---- errors
export { isPostgresError, POSTGRES_ERRORS, postgresError } from "./errors.ts";
export type { PostgresErrorCode } from "./errors.ts";
