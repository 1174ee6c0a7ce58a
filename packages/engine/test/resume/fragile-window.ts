import { MemoryWindow } from "@barrage/engine";
import type { Batch, Head, Opening, RecentWindow, WindowOutcome, WindowSlice } from "@barrage/engine";
import { sleep } from "@barrage/kernel";
import type { Clock, Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { Item } from "@barrage/protocol";
import type { MemoryWindowBounds } from "../../src/memory/memory-window.ts";
import type { RoomItem } from "../../src/room/policies/room-item.ts";

/** Batches per room that a failover may take back. */
const REMEMBERED = 8;
/** Longest read, ms: some flush windows, so that batches come meanwhile. */
const READ_MS = 40;

/** A window that outlives its router, as one in a store does: it may lose its last writes, and be slow or gone to readers. */
export class FragileWindow implements RecentWindow {
  /** Reads of gateways that will fail. */
  failures = 0;
  /** Writes of the router that will fail. */
  writeFailures = 0;
  /** Chance, 0 to 1, that a read takes its time. */
  slowness = 0;
  private readonly inner: MemoryWindow;
  private readonly random: () => number;
  private readonly heads = new Map<string, Head[]>();
  /** Rooms that lost writes and have not been filled again. */
  private readonly lacking = new Set<string>();

  constructor(bounds: MemoryWindowBounds, clock: Clock, random: () => number) {
    this.inner = new MemoryWindow(bounds, clock);
    this.random = random;
  }

  async open(room: string, at: Opening, items: readonly RoomItem[]): Promise<void> {
    this.heads.delete(room);
    this.lacking.delete(room);
    await this.inner.open(room, at, items);
  }

  async append(batch: Batch): Promise<WindowOutcome> {
    if (this.writeFailures > 0) {
      this.writeFailures -= 1;
      throw protocolError("BARRAGE_UNAVAILABLE");
    }
    const { head } = await this.inner.read(batch.room, Number.POSITIVE_INFINITY, 0);
    const outcome = await this.inner.append(batch);
    if (outcome === "written") this.remember(batch.room, head);
    return outcome;
  }

  read(room: string, after: number, limit: number): Promise<WindowSlice> {
    return this.inner.read(room, after, limit);
  }

  /** As gateways have it: slow at times, and at times not there. */
  async readAfar(room: string, after: number, limit: number, ctx: Context): Promise<WindowSlice> {
    if (this.random() < this.slowness) await sleep(this.random() * READ_MS, ctx);
    if (this.failures > 0) {
      this.failures -= 1;
      throw protocolError("BARRAGE_UNAVAILABLE");
    }
    return this.inner.read(room, after, limit);
  }

  remove(room: string, match: (item: Item) => boolean): Promise<void> {
    return this.inner.remove(room, match);
  }

  /** Did a failover take back what only the next record brings again? */
  lacks(room: string): boolean {
    return this.lacking.has(room);
  }

  /** A failover: the last `count` batches of the room were never written. */
  async rewind(room: string, count: number): Promise<void> {
    const head = this.heads.get(room)?.at(-count);
    if (head === undefined) return;
    const { items, past } = await this.inner.read(room, 0, Number.POSITIVE_INFINITY);
    const left = items.filter(({ seq }) => seq <= head.seq);
    const kept = past?.kept.filter(({ seq }) => seq <= head.seq) ?? [];
    await this.open(room, { ...head, before: { kept, keptFrom: past?.keptFrom ?? 0 } }, left);
    this.lacking.add(room);
  }

  private remember(room: string, head: Head): void {
    const heads = this.heads.get(room) ?? [];
    heads.push(head);
    if (heads.length > REMEMBERED) heads.shift();
    this.heads.set(room, heads);
  }
}
