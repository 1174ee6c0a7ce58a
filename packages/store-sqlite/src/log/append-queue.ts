import type { Unit } from "./append-group.ts";

export interface QueueLimits {
  /** Appends that may wait, those of the group being committed included. */
  readonly maxAppends: number;
  /** Bytes of their JSON. */
  readonly maxBytes: number;
  /** Appends of one group: more make each one wait longer and save little, for the fsync is shared already. */
  readonly maxGroup: number;
}

/**
 * Appends that wait for their group's commit.
 *
 * Shape      FIFO by unit; one group is out at a time, between `takeGroup` and `settle`.
 * Bounds     never more than `maxAppends` appends or `maxBytes`, the group that is out included (LG-12).
 * Cost       O(1) per unit, also to withdraw one of many.
 */
export class AppendQueue<U extends Unit> {
  private readonly limits: QueueLimits;
  private readonly waiting = new Set<U>();
  private out: readonly U[] = [];
  private appends = 0;
  private queuedBytes = 0;

  constructor(limits: QueueLimits) {
    this.limits = limits;
  }

  /** Appends, waiting or out. */
  get count(): number {
    return this.appends;
  }

  get bytes(): number {
    return this.queuedBytes;
  }

  get isWaiting(): boolean {
    return this.waiting.size > 0;
  }

  /** False when it would take the queue over a limit; the queue is then unchanged. */
  offer(unit: U): boolean {
    const { maxAppends, maxBytes } = this.limits;
    if (this.appends + unit.writes.length > maxAppends || this.queuedBytes + unit.bytes > maxBytes)
      return false;
    this.waiting.add(unit);
    this.appends += unit.writes.length;
    this.queuedBytes += unit.bytes;
    return true;
  }

  /** Takes a unit out before it was sent; false when it is too late for that. */
  withdraw(unit: U): boolean {
    if (!this.waiting.delete(unit)) return false;
    this.release(unit);
    return true;
  }

  /** The next group; a unit larger than a group is one by itself. */
  takeGroup(): readonly U[] {
    const group: U[] = [];
    let size = 0;
    for (const unit of this.waiting) {
      if (size > 0 && size + unit.writes.length > this.limits.maxGroup) break;
      this.waiting.delete(unit);
      group.push(unit);
      size += unit.writes.length;
    }
    this.out = group;
    return group;
  }

  /** The group that is out has been answered. */
  settle(): void {
    for (const unit of this.out) this.release(unit);
    this.out = [];
  }

  /** Empties what waits, not what is out. */
  drain(): readonly U[] {
    const left = [...this.waiting];
    this.waiting.clear();
    for (const unit of left) this.release(unit);
    return left;
  }

  private release(unit: U): void {
    this.appends -= unit.writes.length;
    this.queuedBytes -= unit.bytes;
  }
}
