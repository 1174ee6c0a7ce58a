import { SingleFlight } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { RoomItem } from "../room/policies/room-item.ts";
import type { Batch, Head, Opening, RecentWindow, WindowOutcome, WindowSlice } from "../ports/index.ts";
import type { Recovery } from "./recovery.ts";

export interface LazyWindowParts {
  readonly inner: RecentWindow;
  readonly recovery: Recovery;
  /** Where the room's chain stood when this process started, or stands now. */
  readonly headOf: (room: string) => Head;
  /** Owns the openings: one goes on when the first who asked for it hangs up. */
  readonly scope: Scope;
}

/**
 * A recent window that is filled from the archive when a room is first touched, so that a start with ten thousand
 * rooms reads only those that somebody is in; and completed from it where it had no room for all it should keep.
 *
 * Shape      one opening per room at a time; everybody who asks meanwhile waits for it.
 */
export class LazyWindow implements RecentWindow {
  private readonly parts: LazyWindowParts;
  private readonly openings: SingleFlight<string, void>;
  private readonly opened = new Set<string>();

  constructor(parts: LazyWindowParts) {
    this.parts = parts;
    this.openings = new SingleFlight({ name: "open window", scope: parts.scope });
  }

  async open(room: string, at: Opening, items: readonly RoomItem[], ctx: Context): Promise<void> {
    await this.parts.inner.open(room, at, items, ctx);
    this.opened.add(room);
  }

  async append(batch: Batch, ctx: Context): Promise<WindowOutcome> {
    if (!this.opened.has(batch.room)) await this.ensureOpen(batch.room, ctx);
    return this.parts.inner.append(batch, ctx);
  }

  async read(room: string, after: number, limit: number, ctx: Context): Promise<WindowSlice> {
    if (!this.opened.has(room)) await this.ensureOpen(room, ctx);
    const slice = await this.parts.inner.read(room, after, limit, ctx);
    // Whoever begins afresh is owed nothing of the past.
    if (slice.past === undefined || after === 0) return slice;
    const past = await this.parts.recovery.complete(room, after, slice.past, ctx);
    return past === slice.past ? slice : { ...slice, past };
  }

  async remove(room: string, match: (item: Item) => boolean, ctx: Context): Promise<void> {
    if (!this.opened.has(room)) await this.ensureOpen(room, ctx);
    await this.parts.inner.remove(room, match, ctx);
  }

  private ensureOpen(room: string, ctx: Context): Promise<void> {
    return this.openings.do(room, (own) => this.fill(room, own), ctx);
  }

  private async fill(room: string, ctx: Context): Promise<void> {
    const { recovery, headOf } = this.parts;
    const head = headOf(room);
    const { items, before } = await recovery.contents(room, head.seq, ctx);
    await this.open(room, { ...head, before }, items, ctx);
  }
}
