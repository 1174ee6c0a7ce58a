import { auditTable } from "../audit/audit-table.ts";
import { openDatabase, pragma, transaction } from "../database/open-database.ts";
import type { FileOptions } from "../database/open-database.ts";
import { emptyWal } from "../database/space.ts";
import { roomTable } from "../rooms/room-table.ts";
import { groupWriter } from "./group-writer.ts";
import { logEraser } from "./log-eraser.ts";
import { logReader } from "./log-reader.ts";
import { logRetention } from "./log-retention.ts";
import { LOG_SCHEMA } from "./log-schema.ts";

export interface LogFileOptions extends FileOptions {
  /** Danmaku that may wait for moderators at once. */
  readonly heldMax: number;
}

/** How the appending connection is set up, as SQLite itself reports it. */
export interface ConnectionSettings {
  /** 2 is FULL: a commit returns after its fsync. */
  readonly synchronous: number;
  readonly journalMode: string;
  readonly secureDelete: number;
  readonly autoVacuum: number;
}

/** Bytes that the probe writes: more than the largest group's records need beside it. */
const PROBE_BYTES = 65_536;

/** Everything the log's thread can be asked for. */
export function logOperations(options: LogFileOptions) {
  const db = openDatabase(options, LOG_SCHEMA);
  const putProbe = db.prepare("INSERT OR REPLACE INTO probe (one, filling) VALUES (1, zeroblob(?))");
  return {
    ...groupWriter(db, options.heldMax),
    ...logReader(db),
    ...logEraser(db),
    ...logRetention(db),
    ...roomTable(db),
    ...auditTable(db),
    /** Throws while there is no space. Empties the write-ahead log first, which may be all that was needed. */
    probe(): void {
      emptyWal(db);
      transaction(db, () => putProbe.run(PROBE_BYTES));
      transaction(db, () => putProbe.run(0));
    },
    settings: (): ConnectionSettings => ({
      synchronous: pragma(db, "synchronous"),
      journalMode: String(db.prepare("PRAGMA journal_mode").get()?.["journal_mode"]),
      secureDelete: pragma(db, "secure_delete"),
      autoVacuum: pragma(db, "auto_vacuum"),
    }),
    /** SQLite moves the write-ahead log into the main file and deletes it when the last connection closes. */
    close: () => db.close(),
  };
}

export type LogOperations = ReturnType<typeof logOperations>;
