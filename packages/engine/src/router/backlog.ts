import type { ArchivedItem, LogRecord } from "../ports/index.ts";
import { emptyRoom } from "../room/state.ts";
import type { RoomState } from "../room/state.ts";
import { applyRecord } from "../room/transitions.ts";

/**
 * Records that the router has folded and the archiver has no place for: a range of the log, which is read again once
 * there is. States do not change, so what each room was before the range is a reference, and the range folds to what it
 * was the first time.
 *
 * Bounds     one state for each room that has a record in the range.
 */
export class Backlog {
  private readonly states = new Map<string, RoomState>();
  /** The range: after `from`, up to and with `to`. */
  from: number;
  to: number;

  constructor(after: number) {
    this.from = after;
    this.to = after;
  }

  /** Before each record of the range: its room as it is now; undefined for one that this record makes. */
  note(room: string, state: RoomState | undefined): void {
    if (!this.states.has(room)) this.states.set(room, state ?? emptyRoom(room));
  }

  /** What records of the range come to, as far as they are archived. They must be the next ones. */
  fold(records: readonly LogRecord[]): readonly ArchivedItem[] {
    const items: ArchivedItem[] = [];
    for (const record of records) {
      const { room } = record;
      const applied = applyRecord(this.states.get(room) ?? emptyRoom(room), record);
      if (applied.outcome === "published") this.states.set(room, applied.state);
      if (applied.outcome !== "dropped") items.push({ room, item: applied.item });
    }
    return items;
  }
}
