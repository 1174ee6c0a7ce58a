// ---- the stores
export { ARCHIVE_FILE, LOG_FILE, openSqliteStore, STORE_DEFAULTS } from "./open-sqlite-store.ts";
export type { SqliteStore, SqliteStoreOptions } from "./open-sqlite-store.ts";
export type { SqliteLog, SqliteRetentionOutcome } from "./log/sqlite-log.ts";
export type { ConnectionSettings } from "./log/log-operations.ts";
// ---- errors
export { isStoreError, STORE_ERRORS, storeError } from "./errors.ts";
export type { StoreErrorCode } from "./errors.ts";
