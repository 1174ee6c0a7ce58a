import type { BarrageError } from "@barrage/protocol";
import { isStoreError, storeError } from "./errors.ts";
import type { StoreErrorCode } from "./errors.ts";

/** SQLite's primary result codes that say something about the file or its disk (sqlite.org/rescode.html). */
const BY_RESULT: ReadonlyMap<number, StoreErrorCode> = new Map([
  [3, "STORE_UNWRITABLE"], // SQLITE_PERM
  [5, "STORE_LOCKED"], // SQLITE_BUSY
  [8, "STORE_UNWRITABLE"], // SQLITE_READONLY
  [10, "STORE_IO"], // SQLITE_IOERR
  [11, "STORE_CORRUPT"], // SQLITE_CORRUPT
  [13, "STORE_DISK_FULL"], // SQLITE_FULL
  [14, "STORE_UNWRITABLE"], // SQLITE_CANTOPEN
  [26, "STORE_CORRUPT"], // SQLITE_NOTADB
]);

/** Bits of an extended result code that name the primary one. */
const PRIMARY = 0xff;

/** The coded error for whatever an operation on `path` threw. */
export function sqliteFailure(path: string, error: unknown): BarrageError<StoreErrorCode> {
  if (isStoreError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const result = error instanceof Error && "errcode" in error ? Number(error.errcode) & PRIMARY : undefined;
  const code = result === undefined ? undefined : BY_RESULT.get(result);
  return storeError(code ?? "STORE_UNEXPECTED", { path, reason }, error);
}

/** True for what makes further writes pointless until somebody did something; false for one bad operation. */
export const stopsWriting = (error: BarrageError<StoreErrorCode>): boolean =>
  error.code !== "STORE_UNEXPECTED" && error.code !== "STORE_BUSY" && error.code !== "STORE_CLOSED";
