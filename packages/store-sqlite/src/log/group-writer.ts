import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../database/open-database.ts";
import { isRefused } from "./append-group.ts";
import type { GroupColumns, GroupResult } from "./append-group.ts";
import { keyTable } from "./key-table.ts";
import { recordWriter } from "./record-writer.ts";
import type { WriteOutcome } from "./record-writer.ts";

/** Writes one group in one transaction. A refused write undoes its own unit only. */
export function groupWriter(db: DatabaseSync, heldMax: number) {
  const write = recordWriter(db, heldMax);
  const keys = keyTable(db);

  const writeUnit = (group: GroupColumns, start: number, count: number): WriteOutcome[] => {
    // A unit of one is refused before it wrote anything, so only longer ones need a point to go back to.
    if (count > 1) db.exec("SAVEPOINT unit");
    const outcomes: WriteOutcome[] = [];
    for (let i = start; i < start + count; i++) {
      const outcome = write(group, i);
      outcomes.push(outcome);
      if (!isRefused(outcome.status)) continue;
      if (count > 1) db.exec("ROLLBACK TO unit; RELEASE unit");
      return new Array<WriteOutcome>(count).fill(outcome);
    }
    if (count > 1) db.exec("RELEASE unit");
    return outcomes;
  };

  return {
    commitGroup(group: GroupColumns): GroupResult {
      const outcomes = transaction(db, () => {
        let start = 0;
        return group.units.flatMap((count) => {
          const unit = writeUnit(group, start, count);
          start += count;
          return unit;
        });
      });
      return {
        status: outcomes.map(({ status }) => status),
        seq: outcomes.map(({ seq }) => seq),
        id: outcomes.map(({ id }) => id),
      };
    },
    lookup: (scope: string, id: string) => keys.find(keys.digest(scope, id)),
  };
}
