import type { ArchivedItem, CataloguedRoom, CatalogWrite, LogRecord } from "../../ports/index.ts";
import { emptyRoom } from "../../room/state.ts";
import { applyRecord } from "../../room/transitions.ts";

/**
 * The rooms that an archiver has folded lately.
 *
 * Bounds     `max` rooms; those that had no record for longest go, the catalogue has them.
 */
export class ArchivedRooms {
  private readonly max: number;
  /** The one whose last record is oldest first. */
  private readonly rooms = new Map<string, CataloguedRoom>();

  constructor(max: number) {
    this.max = max;
  }

  has(room: string): boolean {
    return this.rooms.has(room);
  }

  /** As the catalogue has it; undefined for a room that it does not have. */
  put(room: string, found: CataloguedRoom | undefined): void {
    this.rooms.set(room, found ?? { state: emptyRoom(room), seq: 0 });
  }

  /** What records come to, and the rooms after them. Their rooms have been put. */
  fold(records: readonly LogRecord[]): CatalogWrite {
    const items: ArchivedItem[] = [];
    const changed = new Map<string, CataloguedRoom>();
    for (const record of records) {
      const { room, seq } = record;
      const before = this.rooms.get(room);
      // Part of it already: written by an archiver before, which did not get to say so.
      if (before === undefined || seq <= before.seq) continue;
      const applied = applyRecord(before.state, record);
      if (applied.outcome !== "dropped") items.push({ room, item: applied.item });
      const after = { state: applied.outcome === "published" ? applied.state : before.state, seq };
      this.rooms.delete(room);
      this.rooms.set(room, after);
      changed.set(room, after);
    }
    return { items, rooms: [...changed.values()] };
  }

  trim(): void {
    for (const oldest of this.rooms.keys()) {
      if (this.rooms.size <= this.max) return;
      this.rooms.delete(oldest);
    }
  }
}
