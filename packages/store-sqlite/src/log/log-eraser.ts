import type { DatabaseSync } from "node:sqlite";
import type { Entry } from "@barrage/protocol";
import { transaction } from "../database/open-database.ts";
import { emptyWal } from "../database/space.ts";
import { erasedEntry } from "./erased-entry.ts";

/** Records looked at in one step: some milliseconds, for which appends wait. */
const ROWS_PER_STEP = 5_000;

export interface EraseStep {
  readonly changed: number;
  /** Pass as `after` for the next step; absent after the last. */
  readonly next?: number;
}

/** Overwrites what one user wrote. A walk instead of an index by user: erasing is rare, every append would pay for it. */
export function logEraser(db: DatabaseSync) {
  const bound = db.prepare(
    "SELECT max(seq) AS last FROM (SELECT seq FROM log WHERE seq > ? ORDER BY seq LIMIT ?)",
  );
  const ofUser = db.prepare("SELECT seq, body FROM log WHERE seq > ? AND seq <= ? AND uid = ?");
  const overwrite = db.prepare("UPDATE log SET uid = '', body = ? WHERE seq = ?");
  const deleteHeld = db.prepare("DELETE FROM held WHERE uid = ?");

  return {
    eraseStep(uid: string, after: number): EraseStep {
      const last = bound.get(after, ROWS_PER_STEP)?.["last"];
      if (typeof last !== "number") return { changed: 0 };
      const rows = ofUser.all(after, last, uid);
      if (rows.length > 0) {
        transaction(db, () => {
          for (const row of rows) {
            // oxlint-disable-next-line barrage/as-on-foreign-data -- our own file: its format's version was checked when it was opened
            const entry = JSON.parse(String(row["body"])) as Entry;
            overwrite.run(JSON.stringify(erasedEntry(entry)), Number(row["seq"]));
          }
        });
      }
      return { changed: rows.length, next: last };
    },
    /** A held one has no place to keep, so its row goes altogether. */
    eraseHeld: (uid: string): number => transaction(db, () => Number(deleteHeld.run(uid).changes)),
    emptyWal: () => emptyWal(db),
  };
}
