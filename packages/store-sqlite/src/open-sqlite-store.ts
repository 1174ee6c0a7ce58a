import { join } from "node:path";
import type { Archive, AuditLog, RoomStore } from "@barrage/engine";
import { background, InvalidArgumentError } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ArchiveOperations } from "./archive/archive-operations.ts";
import { SqliteArchive } from "./archive/sqlite-archive.ts";
import { SqliteAuditLog } from "./audit/sqlite-audit-log.ts";
import type { FileOptions } from "./database/open-database.ts";
import { prepareFolder } from "./data-folder.ts";
import type { LogFileOptions, LogOperations } from "./log/log-operations.ts";
import type { LogThread } from "./log/log-thread.ts";
import { SqliteLog } from "./log/sqlite-log.ts";
import { SqliteRoomStore } from "./rooms/sqlite-room-store.ts";
import { DatabaseThread } from "./thread/database-thread.ts";

export const LOG_FILE = "danmaku.db";
export const ARCHIVE_FILE = "archive.db";

/** Every bound of the store. What is absent has the default of `STORE_DEFAULTS`. */
export interface SqliteStoreOptions {
  /** Folder of the two files; made if its parent exists. */
  readonly dir: string;
  /** Appends that may wait for their commit. */
  readonly maxAppends?: number;
  /** Bytes of them. */
  readonly maxBytes?: number;
  /** Appends of one group, so of one transaction. */
  readonly maxGroup?: number;
  /** Records that a follower may be behind before it reads from the disk. */
  readonly followerMax?: number;
  /** Danmaku that may wait for moderators, in all rooms. */
  readonly heldMax?: number;
  /** Size of a file up to which it is checked page by page at start; of a larger one only the header. */
  readonly checkUpToBytes?: number;
  /** danmaku.db may grow to this; over it appends fail as on a full disk. Absent: the disk bounds it. */
  readonly logLimitBytes?: number;
}

/** 50 s of 1,200 appends a second, and as many bytes as 16 MiB of danmaku of 250 bytes: whichever comes first. */
export const STORE_DEFAULTS = {
  maxAppends: 65_536,
  maxBytes: 16_777_216,
  maxGroup: 1_024,
  followerMax: 4_096,
  heldMax: 10_000,
  checkUpToBytes: 268_435_456,
} as const;

export interface SqliteStore {
  readonly log: SqliteLog;
  readonly rooms: RoomStore;
  readonly archive: Archive;
  readonly audit: AuditLog;
  /** Commits what waits, then closes both files; final and idempotent. */
  close(): Promise<void>;
}

/**
 * The embedded stores in one folder: log, room states and audit in danmaku.db, history in archive.db.
 *
 * Shape      one process at a time; each file has a thread of its own. `ctx` gives the clock.
 * Errors     STORE_DIR_MISSING, STORE_UNWRITABLE, STORE_LOCKED, STORE_CORRUPT, STORE_NEWER; nothing is left open then.
 */
export async function openSqliteStore(
  options: SqliteStoreOptions,
  ctx: Context = background,
): Promise<SqliteStore> {
  const all = { ...STORE_DEFAULTS, ...options };
  checkBounds(all);
  prepareFolder(all.dir);
  const { checkUpToBytes, heldMax, logLimitBytes } = all;
  const logFile: LogFileOptions = {
    path: join(all.dir, LOG_FILE),
    checkUpToBytes,
    heldMax,
    ...(logLimitBytes === undefined ? {} : { limitBytes: logLimitBytes }),
  };
  const archiveFile = { path: join(all.dir, ARCHIVE_FILE), checkUpToBytes };
  const [logThread, archiveThread] = await openBoth(logFile, archiveFile);
  try {
    const log = await SqliteLog.open(logThread, all, ctx);
    return storeOf(log, logThread, new SqliteArchive(archiveThread));
  } catch (error) {
    await Promise.all([logThread.close(), archiveThread.close()]);
    throw error;
  }
}

/** Both at once: starting a thread takes longer than opening its file. */
async function openBoth(
  logFile: LogFileOptions,
  archiveFile: FileOptions,
): Promise<[LogThread, DatabaseThread<ArchiveOperations>]> {
  const opening = [
    DatabaseThread.open<LogOperations>("log/log-worker", logFile),
    DatabaseThread.open<ArchiveOperations>("archive/archive-worker", archiveFile),
  ] as const;
  const [log, archive] = await Promise.allSettled(opening);
  if (log.status === "fulfilled" && archive.status === "fulfilled") return [log.value, archive.value];
  if (log.status === "fulfilled") await log.value.close();
  if (archive.status === "fulfilled") await archive.value.close();
  throw log.status === "rejected" ? log.reason : (archive as PromiseRejectedResult).reason;
}

function storeOf(log: SqliteLog, thread: LogThread, archive: SqliteArchive): SqliteStore {
  const finish = async (): Promise<void> => {
    await log.close();
    await archive.close();
  };
  let closing: Promise<void> | undefined;
  return {
    log,
    archive,
    rooms: new SqliteRoomStore(thread),
    audit: new SqliteAuditLog(thread),
    close: () => (closing ??= finish()),
  };
}

function checkBounds(options: SqliteStoreOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "number" && !(Number.isSafeInteger(value) && value >= 1)) {
      throw new InvalidArgumentError(name, "a whole number of 1 or more", value);
    }
  }
}
