import type { RetentionPolicy } from "@barrage/engine";
import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../database/open-database.ts";
import { emptyWal, fileBytes, shrinkStep, usedBytes } from "../database/space.ts";

/** Rows of each kind that one step deletes: some milliseconds, for which appends wait. */
const ROWS_PER_STEP = 500;

export interface RetainStep {
  readonly records: number;
  readonly keys: number;
  readonly held: number;
  readonly audit: number;
  readonly isLast: boolean;
}

/**
 * Deletes what is too old or too much, a little at a time, the lowest places first.
 *
 * Bounds     no record above `floor` goes. Time is nearly in order of seq: a step looks at the first ROWS_PER_STEP
 *            records and the walk ends at a step without an old one, so a record far out of order may stay longer.
 */
export function logRetention(db: DatabaseSync) {
  const olderIn = (table: string, place: string) =>
    db.prepare(`
      DELETE FROM ${table} WHERE ${place} IN (
        SELECT ${place} FROM (SELECT ${place}, at FROM ${table} WHERE ${place} <= ? ORDER BY ${place} LIMIT ?)
        WHERE at < ?)`);
  const oldRecords = olderIn("log", "seq");
  const oldHeld = olderIn("held", "place");
  const oldAudit = olderIn("audit", "place");
  const firstRecords = db.prepare(
    "DELETE FROM log WHERE seq IN (SELECT seq FROM log WHERE seq <= ? ORDER BY seq LIMIT ?)",
  );
  const oldKeys = db.prepare(
    "DELETE FROM idempotency WHERE digest IN (SELECT digest FROM idempotency WHERE at < ? ORDER BY at LIMIT ?)",
  );

  return {
    fileBytes: () => fileBytes(db),
    retainStep({ before, keysBefore, maxBytes }: RetentionPolicy, floor: number): RetainStep {
      const deleted = transaction(db, () => {
        const aged = Number(oldRecords.run(floor, ROWS_PER_STEP, before).changes);
        const over = aged === 0 && usedBytes(db) > maxBytes;
        return {
          records: over ? Number(firstRecords.run(floor, ROWS_PER_STEP).changes) : aged,
          keys: Number(oldKeys.run(keysBefore, ROWS_PER_STEP).changes),
          held: Number(oldHeld.run(Number.MAX_SAFE_INTEGER, ROWS_PER_STEP, before).changes),
          audit: Number(oldAudit.run(Number.MAX_SAFE_INTEGER, ROWS_PER_STEP, before).changes),
        };
      });
      const { records, keys, held, audit } = deleted;
      return { ...deleted, isLast: records + keys + held + audit === 0 };
    },
    /** Gives the freed pages back to the disk; true while there are more. */
    shrinkStep(): boolean {
      if (shrinkStep(db)) return true;
      emptyWal(db);
      return false;
    },
  };
}
