import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { storeError } from "../errors.ts";

export interface FileOptions {
  readonly path: string;
  /** The file may grow to this; over it writing fails as on a full disk. Absent: only the disk bounds it. */
  readonly limitBytes?: number;
  /** Files up to this size are checked page by page at start; of larger ones only the header. */
  readonly checkUpToBytes: number;
}

/** A file's format: `versions[i]` brings a file of version i to version i + 1. */
export type Schema = readonly string[];

/** Pages that SQLite keeps in memory, as a negative number of KiB: enough for the inner pages of every index. */
const CACHE_KIB = 32_768;
/** Size to which the write-ahead log is cut back after a large transaction. */
const WAL_KEPT_BYTES = 16_777_216;

/** EXCLUSIVE makes a second process fail at once and needs no shared memory; FULL is one fsync for each transaction. */
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -${CACHE_KIB};
  PRAGMA journal_size_limit = ${WAL_KEPT_BYTES};
`;

/** Opens or makes the file, checks it, and brings it to the newest version of `schema`. Throws what SQLite throws. */
export function openDatabase(options: FileOptions, schema: Schema): DatabaseSync {
  const { path, limitBytes, checkUpToBytes } = options;
  const size = existsSync(path) ? statSync(path).size : 0;
  const db = new DatabaseSync(path);
  try {
    db.exec(SETTINGS);
    if (size > 0 && size <= checkUpToBytes) check(db, path);
    migrate(db, path, schema);
    if (limitBytes !== undefined) {
      db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(limitBytes / pragma(db, "page_size")))}`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The number that a PRAGMA reads. */
export function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

/** Runs `work` as one durable transaction: all of it or nothing. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk makes SQLite roll back by itself.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function check(db: DatabaseSync, path: string): void {
  const found = String(Object.values(db.prepare("PRAGMA quick_check(1)").get() ?? {})[0]);
  if (found === "ok") return;
  // SQLite puts the name of the database on a line of its own before what it found.
  throw storeError("STORE_CORRUPT", { path, reason: found.split("\n").at(-1) });
}

function migrate(db: DatabaseSync, path: string, schema: Schema): void {
  const found = pragma(db, "user_version");
  if (found > schema.length) throw storeError("STORE_NEWER", { path, found, known: schema.length });
  if (found === schema.length) return;
  transaction(db, () => {
    for (const step of schema.slice(found)) db.exec(step);
    db.exec(`PRAGMA user_version = ${schema.length}`);
  });
}
