import type { LogRecord } from "../../ports/index.ts";
import type { RoomState } from "../../room/state.ts";
import { applyRecord } from "../../room/transitions.ts";
import type { Applied } from "../../room/transitions.ts";

interface Known {
  state: RoomState;
  /** Records up to here are part of it. */
  asOf: number;
  /** `clock.now()` of its last record. */
  usedAt: number;
}

/**
 * The rooms of a partition that had a record lately, as far as the log has been folded.
 *
 * Shape      one writer. A room is put before its first record is folded, and may be forgotten when it is idle.
 */
export class PartitionRooms {
  private readonly known = new Map<string, Known>();

  has(room: string): boolean {
    return this.known.has(room);
  }

  get(room: string): RoomState | undefined {
    return this.known.get(room)?.state;
  }

  /** `asOf`: the last record that is part of `state`. */
  put(state: RoomState, asOf: number, now: number): void {
    this.known.set(state.id, { state, asOf, usedAt: now });
  }

  /** What the record comes to; undefined for one that is part of the room already. Only of a room that was put. */
  fold(
    record: LogRecord,
    now: number,
  ): { readonly before: RoomState; readonly applied: Applied } | undefined {
    const known = this.known.get(record.room);
    if (known === undefined || record.seq <= known.asOf) return undefined;
    const before = known.state;
    const applied = applyRecord(before, record);
    known.asOf = record.seq;
    known.usedAt = now;
    if (applied.outcome === "published") known.state = applied.state;
    return { before, applied };
  }

  /** Those that had no record since `before` and may go. */
  forget(before: number, mayGo: (room: string) => boolean): void {
    for (const [room, { usedAt }] of this.known) {
      if (usedAt < before && mayGo(room)) this.known.delete(room);
    }
  }
}
