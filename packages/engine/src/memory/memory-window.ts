import type { Clock } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type {
  Batch,
  Head,
  KeptBefore,
  Opening,
  RecentWindow,
  StoredStates,
  WindowOutcome,
  WindowSlice,
} from "../ports/index.ts";
import { itemBytesAtMost } from "../room/item-size.ts";
import type { RoomItem } from "../room/policies/room-item.ts";
import type { RoomState } from "../room/state.ts";
import { RoomPast } from "./room-past.ts";
import type { PastBounds } from "./room-past.ts";

/** Bounds of each room's window; whichever is met first. Bytes are an upper bound of JSON text. */
export interface WindowBounds {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** Of what is younger than `maxAgeMs` and has no room, control and paid records are kept: `keptItems` and `keptBytes` of them. */
export interface MemoryWindowBounds extends WindowBounds, PastBounds {}

interface Kept {
  readonly item: RoomItem;
  readonly bytes: number;
  readonly endsBatch: boolean;
}

const START: Head = { seq: 0, n: 0 };

/** One room's window: a queue that loses its oldest. */
class RoomWindow {
  head: Head;
  floor: Head;
  kept: Kept[] = [];
  bytes = 0;
  /** As of the last batch that changed it. */
  state: RoomState | undefined;
  readonly past: RoomPast;

  constructor(head: Head, items: readonly RoomItem[], before?: KeptBefore) {
    this.head = head;
    const first = items[0];
    // What lay before the first item: its seq is not known, but nothing of the room lies between.
    this.floor = first === undefined ? head : first.n === 1 ? START : { seq: first.seq - 1, n: first.n - 1 };
    this.past = new RoomPast(before?.keptFrom ?? this.floor.seq, before?.kept ?? []);
    for (const item of items) this.push(item, false);
  }

  push(item: RoomItem, endsBatch: boolean): void {
    const bytes = itemBytesAtMost(item);
    this.kept.push({ item, bytes, endsBatch });
    this.bytes += bytes;
  }

  /** Forgets from the old end until the bounds hold. */
  trim(bounds: MemoryWindowBounds, now: number): void {
    const oldest = now - bounds.maxAgeMs;
    let drop = 0;
    for (const { item, bytes, endsBatch } of this.kept) {
      const count = this.kept.length - drop;
      const isOld = item.at < oldest;
      if (count <= bounds.maxItems && this.bytes <= bounds.maxBytes && !isOld) break;
      if (isOld) this.past.expire(item.seq);
      else this.past.take(item, endsBatch);
      this.bytes -= bytes;
      this.floor = { seq: item.seq, n: item.n };
      drop += 1;
    }
    if (drop > 0) this.kept.splice(0, drop);
    this.past.trim(bounds, now);
  }
}

/** The recent windows of a single process. */
export class MemoryWindow implements RecentWindow, StoredStates {
  private readonly rooms = new Map<string, RoomWindow>();
  private readonly bounds: MemoryWindowBounds;
  private readonly clock: Clock;

  constructor(bounds: MemoryWindowBounds, clock: Clock) {
    this.bounds = bounds;
    this.clock = clock;
  }

  open(room: string, { seq, n, before, state }: Opening, items: readonly RoomItem[]): Promise<void> {
    const opened = new RoomWindow({ seq, n }, items, before);
    opened.state = state;
    opened.trim(this.bounds, this.clock.wall());
    this.rooms.set(room, opened);
    return Promise.resolve();
  }

  append(batch: Batch): Promise<WindowOutcome> {
    let window = this.rooms.get(batch.room);
    if (window === undefined) {
      window = new RoomWindow(START, []);
      this.rooms.set(batch.room, window);
    }
    if (window.head.seq !== batch.prev) {
      return Promise.resolve(window.head.seq < batch.prev ? "behind" : "ahead");
    }
    const last = batch.items.at(-1);
    for (const item of batch.items) window.push(item, item === last);
    if (last !== undefined) window.head = { seq: last.seq, n: last.n };
    window.state = batch.state ?? window.state;
    window.trim(this.bounds, this.clock.wall());
    return Promise.resolve("written");
  }

  read(room: string, after: number, limit: number): Promise<WindowSlice> {
    const window = this.rooms.get(room);
    if (window === undefined) return Promise.resolve({ items: [], head: START, floor: START });
    window.trim(this.bounds, this.clock.wall());
    const items: RoomItem[] = [];
    for (let i = window.kept.length - 1; i >= 0 && items.length < limit; i--) {
      const kept = window.kept[i];
      if (kept === undefined || kept.item.seq <= after) break;
      items.push(kept.item);
    }
    const { head, floor, past } = window;
    const slice = { items: items.reverse(), head, floor };
    return Promise.resolve(after < floor.seq ? { ...slice, past: past.since(after) } : slice);
  }

  find(room: string): Promise<RoomState | undefined> {
    const { state, head } = this.rooms.get(room) ?? {};
    return Promise.resolve(state === undefined || head === undefined ? undefined : { ...state, head });
  }

  remove(room: string, match: (item: Item) => boolean): Promise<void> {
    const window = this.rooms.get(room);
    if (window !== undefined) {
      window.kept = window.kept.filter(({ item }) => !match(item));
      window.bytes = window.kept.reduce((sum, { bytes }) => sum + bytes, 0);
      window.past.remove(match);
    }
    return Promise.resolve();
  }
}
