import { MemoryWindow } from "@barrage/engine";
import type {
  Batch,
  Opening,
  RecentWindow,
  RoomState,
  StoredStates,
  WindowOutcome,
  WindowSlice,
} from "@barrage/engine";
import type { Clock } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { Item } from "@barrage/protocol";
import type { MemoryWindowBounds } from "../../src/memory/memory-window.ts";
import type { RoomItem } from "../../src/room/policies/room-item.ts";

/** Writes of a room that a failover may take back. */
const REMEMBERED = 8;

interface Moment extends Opening {
  readonly seq: number;
  readonly n: number;
  readonly state?: RoomState;
}

/** A window that many processes write, as one in a store: nothing is set back by them, only by a failover of the store. */
export class SharedWindow implements RecentWindow, StoredStates {
  /** Calls that will fail. */
  failures = 0;
  private readonly inner: MemoryWindow;
  private readonly moments = new Map<string, Moment[]>();

  constructor(bounds: MemoryWindowBounds, clock: Clock) {
    this.inner = new MemoryWindow(bounds, clock);
  }

  async open(room: string, at: Opening, items: readonly RoomItem[]): Promise<void> {
    this.mayFail();
    if ((await this.moment(room)).seq <= at.seq) await this.inner.open(room, at, items);
  }

  async append(batch: Batch): Promise<WindowOutcome> {
    this.mayFail();
    const before = await this.moment(batch.room);
    const outcome = await this.inner.append(batch);
    if (outcome === "written") this.remember(batch.room, before);
    return outcome;
  }

  read(room: string, after: number, limit: number): Promise<WindowSlice> {
    return this.inner.read(room, after, limit);
  }

  find(room: string): Promise<RoomState | undefined> {
    return this.inner.find(room);
  }

  remove(room: string, match: (item: Item) => boolean): Promise<void> {
    return this.inner.remove(room, match);
  }

  /** A failover: the last `count` writes of the room never were. */
  async rewind(room: string, count: number): Promise<void> {
    const moments = this.moments.get(room) ?? [];
    const moment = moments.at(-count);
    if (moment === undefined) return;
    const { items, past } = await this.inner.read(room, 0, Number.POSITIVE_INFINITY);
    const left = items.filter(({ seq }) => seq <= moment.seq);
    const kept = past?.kept.filter(({ seq }) => seq <= moment.seq) ?? [];
    await this.inner.open(room, { ...moment, before: { kept, keptFrom: past?.keptFrom ?? 0 } }, left);
    moments.splice(-count);
  }

  /** The store lost the room whole. */
  async wipe(room: string): Promise<void> {
    this.moments.delete(room);
    await this.inner.open(room, { seq: 0, n: 0 }, []);
  }

  private mayFail(): void {
    if (this.failures === 0) return;
    this.failures -= 1;
    throw protocolError("BARRAGE_UNAVAILABLE");
  }

  private async moment(room: string): Promise<Moment> {
    const { head } = await this.inner.read(room, Number.POSITIVE_INFINITY, 0);
    const state = await this.inner.find(room);
    return state === undefined ? head : { ...head, state };
  }

  private remember(room: string, before: Moment): void {
    const moments = this.moments.get(room) ?? [];
    moments.push(before);
    if (moments.length > REMEMBERED) moments.shift();
    this.moments.set(room, moments);
  }
}
