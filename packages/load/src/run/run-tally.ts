import type { StreamCounts } from "../stream/viewer-stream.ts";
import { RoomTally, roomNames } from "./room-tally.ts";
import type { Effort, SecondDelta } from "./second.ts";
import { SecondTally } from "./second.ts";

/** Counts what one worker does and sees: by second, and by room over the whole run. */
export class RunTally {
  readonly second: SecondTally;
  readonly roomName: (room: string) => string;
  /** By name. */
  readonly #rooms: ReadonlyMap<string, RoomTally>;

  constructor(worker: number, rooms: readonly string[]) {
    const second = new SecondTally(worker);
    this.second = second;
    this.roomName = roomNames(rooms);
    this.#rooms = new Map(rooms.map((room) => [this.roomName(room), new RoomTally(second)]));
  }

  /** Where the viewers of a room count. */
  countsOf(room: string): StreamCounts {
    return this.#rooms.get(this.roomName(room)) ?? this.second;
  }

  published(room: string, lagMs: number): void {
    this.second.published(lagMs);
    const counts = this.#rooms.get(this.roomName(room));
    if (counts !== undefined) counts.published += 1;
  }

  acked(room: string, ms: number): void {
    this.second.acked(ms);
    const counts = this.#rooms.get(this.roomName(room));
    if (counts !== undefined) counts.acked += 1;
  }

  /** A second's figures; with the rooms' when it is the last. */
  take(end: {
    readonly second: number;
    readonly effort: Effort;
    readonly invalid: readonly string[];
    readonly isLast: boolean;
  }): SecondDelta {
    const { second, effort, invalid, isLast } = end;
    for (const room of this.#rooms.values()) room.endSecond(invalid.length === 0);
    const delta = this.second.take(second, effort, invalid);
    if (!isLast) return delta;
    return {
      ...delta,
      rooms: Object.fromEntries([...this.#rooms].map(([name, { figures }]) => [name, figures])),
    };
  }
}
