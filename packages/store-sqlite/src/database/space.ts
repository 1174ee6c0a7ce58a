import type { DatabaseSync } from "node:sqlite";
import { pragma } from "./open-database.ts";

/** Pages given back to the file system in one step (4 KiB each): some 10 ms, for which appends wait. */
const PAGES_PER_STEP = 512;

/** Bytes of the file that hold something. */
export function usedBytes(db: DatabaseSync): number {
  return (pragma(db, "page_count") - pragma(db, "freelist_count")) * pragma(db, "page_size");
}

export function fileBytes(db: DatabaseSync): number {
  return pragma(db, "page_count") * pragma(db, "page_size");
}

/** Gives some free pages back; true while there are more. */
export function shrinkStep(db: DatabaseSync): boolean {
  const before = pragma(db, "freelist_count");
  if (before === 0) return false;
  db.exec(`PRAGMA incremental_vacuum(${PAGES_PER_STEP})`);
  const left = pragma(db, "freelist_count");
  return left > 0 && left < before;
}

/** Moves everything into the main file and empties the write-ahead log, where older versions of pages lie. */
export function emptyWal(db: DatabaseSync): void {
  db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
}
