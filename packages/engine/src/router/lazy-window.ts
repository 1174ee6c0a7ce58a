import { SingleFlight } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { RoomItem } from "../room/policies/room-item.ts";
import type { Batch, Head, RecentWindow, WindowOutcome, WindowSlice } from "../ports/index.ts";

/** What a room's window held before this process started. */
export type Recover = (
  room: string,
  ctx: Context,
) => Promise<{ readonly head: Head; readonly items: readonly RoomItem[] }>;

/**
 * A recent window that is filled from the archive when a room is first touched, so that a start with ten thousand
 * rooms reads only those that somebody is in.
 *
 * Shape      one opening per room at a time; everybody who asks meanwhile waits for it.
 */
export class LazyWindow implements RecentWindow {
  private readonly inner: RecentWindow;
  private readonly recover: Recover;
  private readonly openings: SingleFlight<string, void>;
  private readonly opened = new Set<string>();

  /** `scope` owns the openings: one goes on when the first who asked for it hangs up. */
  constructor(inner: RecentWindow, recover: Recover, scope: Scope) {
    this.inner = inner;
    this.recover = recover;
    this.openings = new SingleFlight({ name: "open window", scope });
  }

  async open(room: string, head: Head, items: readonly RoomItem[], ctx: Context): Promise<void> {
    await this.inner.open(room, head, items, ctx);
    this.opened.add(room);
  }

  async append(batch: Batch, ctx: Context): Promise<WindowOutcome> {
    if (!this.opened.has(batch.room)) await this.ensureOpen(batch.room, ctx);
    return this.inner.append(batch, ctx);
  }

  async read(room: string, after: number, limit: number, ctx: Context): Promise<WindowSlice> {
    if (!this.opened.has(room)) await this.ensureOpen(room, ctx);
    return this.inner.read(room, after, limit, ctx);
  }

  async remove(room: string, match: (item: Item) => boolean, ctx: Context): Promise<void> {
    if (!this.opened.has(room)) await this.ensureOpen(room, ctx);
    await this.inner.remove(room, match, ctx);
  }

  private ensureOpen(room: string, ctx: Context): Promise<void> {
    return this.openings.do(room, (own) => this.fill(room, own), ctx);
  }

  private async fill(room: string, ctx: Context): Promise<void> {
    const { head, items } = await this.recover(room, ctx);
    await this.open(room, head, items, ctx);
  }
}
