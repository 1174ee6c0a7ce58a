import { BarrageError, defineErrors } from "@barrage/protocol";
import type { ErrorSpec } from "@barrage/protocol";

/** What can go wrong with the files; written for the operator, who reads it in the log, in /readyz or at start. */
export const STORE_ERRORS = {
  STORE_DIR_MISSING: {
    message:
      "The data folder {path} cannot be made: {reason}. Make its parent folder, or choose another with --data.",
    retryable: false,
  },
  STORE_UNWRITABLE: {
    message:
      "{path} cannot be written ({reason}). Give this user the right to write there, or choose another folder.",
    retryable: false,
  },
  STORE_LOCKED: {
    message: "{path} is in use by another process. Stop that one, or choose another data folder.",
    retryable: true,
  },
  STORE_CORRUPT: {
    message: "{path} is damaged ({reason}). Move it away and put a backup in its place, or start without it.",
    retryable: false,
  },
  STORE_NEWER: {
    message:
      "{path} was written by a newer version (format {found}; this one knows {known}). Start that version.",
    retryable: false,
  },
  STORE_DISK_FULL: {
    message:
      "There is no space left for {path} ({reason}). Free some; writing goes on by itself within a minute.",
    retryable: true,
  },
  STORE_IO: {
    message: "The disk failed under {path} ({reason}). Look at the disk, then restart.",
    retryable: false,
  },
  STORE_THREAD_DIED: {
    message:
      "The thread that writes {path} ended unasked ({reason}). Restart; what was acknowledged is in the file.",
    retryable: false,
  },
  STORE_UNEXPECTED: {
    message: "SQLite refused an operation on {path}: {reason}.",
    retryable: true,
  },
  STORE_CLOSED: { message: "{path} is closed.", retryable: false },
  STORE_BUSY: { message: "Too many operations wait for {path}.", retryable: true },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export type StoreErrorCode = keyof typeof STORE_ERRORS;

export const storeError = defineErrors(STORE_ERRORS);

export const isStoreError = (error: unknown): error is BarrageError<StoreErrorCode> =>
  BarrageError.is(error) && Object.hasOwn(STORE_ERRORS, error.code);
