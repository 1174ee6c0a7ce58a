import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../database/open-database.ts";
import { emptyWal, shrinkStep, usedBytes } from "../database/space.ts";

/** Rows deleted in one step: some milliseconds, for which readers wait. */
const ROWS_PER_STEP = 500;

/** Takes things out of the archive: one user's, the old, the too many. */
export function archiveKeeper(db: DatabaseSync) {
  const roomsOf = db.prepare("SELECT DISTINCT room FROM item WHERE uid = ? ORDER BY room");
  const ofUser = db.prepare("DELETE FROM item WHERE seq IN (SELECT seq FROM item WHERE uid = ? LIMIT ?)");
  const old = db.prepare(`
    DELETE FROM item WHERE seq IN (
      SELECT seq FROM (SELECT seq, at FROM item ORDER BY seq LIMIT ?) WHERE at < ?)`);
  const oldest = db.prepare("DELETE FROM item WHERE seq IN (SELECT seq FROM item ORDER BY seq LIMIT ?)");

  return {
    roomsOf: (uid: string): string[] => roomsOf.all(uid).map((row) => String(row["room"])),
    eraseStep: (uid: string): number => transaction(db, () => Number(ofUser.run(uid, ROWS_PER_STEP).changes)),
    /** How many went; 0 when there is nothing more to delete. As in the log, old ones are looked for from the front. */
    retainStep: (before: number, maxBytes: number): number =>
      transaction(db, () => {
        const aged = Number(old.run(ROWS_PER_STEP, before).changes);
        if (aged > 0) return aged;
        return usedBytes(db) > maxBytes ? Number(oldest.run(ROWS_PER_STEP).changes) : 0;
      }),
    shrinkStep(): boolean {
      if (shrinkStep(db)) return true;
      emptyWal(db);
      return false;
    },
    emptyWal: () => emptyWal(db),
  };
}
