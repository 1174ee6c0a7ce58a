import type { LogRecord } from "../ports/danmaku-log.ts";
import type { Checkpoint } from "../ports/room-store.ts";
import { emptyRoom } from "./state.ts";
import type { RoomState } from "./state.ts";
import { applyRecord } from "./transitions.ts";
import type { Applied } from "./transitions.ts";

/**
 * The states of all rooms, as far as the log has been folded.
 *
 * Shape      one writer (the router); anyone reads. States are immutable, so a reader's copy never changes under it.
 */
export class Rooms {
  private readonly states = new Map<string, RoomState>();
  private changed = new Set<string>();
  private foldedSeq = 0;

  /** Starts from a checkpoint; only before the first `fold`. */
  load(checkpoint: Checkpoint): void {
    for (const state of checkpoint.rooms) this.states.set(state.id, state);
    this.foldedSeq = checkpoint.seq;
  }

  /** seq of the last record folded. */
  get seq(): number {
    return this.foldedSeq;
  }

  get size(): number {
    return this.states.size;
  }

  get(id: string): RoomState | undefined {
    return this.states.get(id);
  }

  all(): IterableIterator<RoomState> {
    return this.states.values();
  }

  fold(record: LogRecord): Applied {
    const before = this.states.get(record.room) ?? emptyRoom(record.room);
    const applied = applyRecord(before, record);
    this.foldedSeq = record.seq;
    // A room exists once a record of it was folded, even one that took no place in the chain.
    const after = applied.outcome === "published" ? applied.state : before;
    if (after !== this.states.get(record.room)) {
      this.states.set(record.room, after);
      this.changed.add(record.room);
    }
    return applied;
  }

  /** The rooms that changed since the last call, as they are now. */
  checkpoint(): Checkpoint {
    const rooms: RoomState[] = [];
    for (const id of this.changed) {
      const state = this.states.get(id);
      if (state !== undefined) rooms.push(state);
    }
    this.changed = new Set();
    return { seq: this.foldedSeq, rooms };
  }

  /** Puts a checkpoint that could not be saved back, for the next one. */
  keepForNext(checkpoint: Checkpoint): void {
    for (const { id } of checkpoint.rooms) this.changed.add(id);
  }
}
