import { type OverlayItem, PRIORITY } from "../item.ts";
import type { DropReason } from "../ledger.ts";

/** A danmaku that has no lane yet. */
export interface Waiting<T extends OverlayItem = OverlayItem> {
  readonly item: T;
  readonly label: string;
  readonly priority: number;
  /** Stage ms after which showing it is of no use. */
  readonly expiresAt: number;
  /** Why it was passed over last; counted if its time ends. */
  heldBy: Extract<DropReason, "late" | "dense">;
}

/** Own and paid danmaku: held back by no density limit, and worth a longer wait. */
export function isUrgent(waiting: Waiting): boolean {
  return waiting.priority >= PRIORITY.paid;
}

/**
 * Danmaku waiting for a lane, the first in line first: by priority, then by age.
 *
 * Units      danmaku.
 * Bounds     never more than `limit`; a full queue gives up its lowest in priority, of those the oldest, which may be
 *            the one offered: rule OV-11.
 * Cost       `offer` O(limit) at worst; the limit is some hundreds.
 */
export class WaitingQueue<T extends OverlayItem> {
  readonly #limit: number;
  #queue: Waiting<T>[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#queue.length;
  }

  get isFull(): boolean {
    return this.#queue.length >= this.#limit;
  }

  /** Adds one; answers the one that had to go, if any. */
  offer(waiting: Waiting<T>): Waiting<T> | undefined {
    let evicted: Waiting<T> | undefined;
    if (this.isFull) {
      const last = this.#queue.at(-1);
      if (last === undefined || last.priority > waiting.priority) return waiting;
      const oldest = this.#queue.findIndex((other) => other.priority === last.priority);
      evicted = this.#queue.splice(oldest, 1)[0];
    }
    const behind = this.#queue.findIndex((other) => other.priority < waiting.priority);
    this.#queue.splice(behind === -1 ? this.#queue.length : behind, 0, waiting);
    return evicted;
  }

  some(wanted: (waiting: Waiting<T>) => boolean): boolean {
    return this.#queue.some(wanted);
  }

  /** The danmaku waiting, first in line first. */
  items(): T[] {
    return this.#queue.map(({ item }) => item);
  }

  /** Changes one in its place; false when there is none of this id. */
  change(id: string, to: (waiting: Waiting<T>) => Waiting<T>): boolean {
    const index = this.#queue.findIndex(({ item }) => item.id === id);
    const waiting = this.#queue[index];
    if (waiting === undefined) return false;
    this.#queue[index] = to(waiting);
    return true;
  }

  /** Takes out, in line order, all that `wanted` says yes to. */
  take(wanted: (waiting: Waiting<T>) => boolean): Waiting<T>[] {
    const taken: Waiting<T>[] = [];
    const kept: Waiting<T>[] = [];
    for (const waiting of this.#queue) (wanted(waiting) ? taken : kept).push(waiting);
    if (taken.length > 0) this.#queue = kept;
    return taken;
  }
}
