/** A connection that holds unsent bytes. */
export interface Holder {
  /** Unsent bytes now, as the socket says. */
  readonly unsentBytes: number;
  /** Ends the connection and gives its bytes back at once. */
  cutOff(): void;
}

/**
 * Part of the limit that is freed at a time. To find who holds most takes a look at everybody: at every write over the
 * limit that would be thousands of looks at thousands of connections.
 */
const FREED_SHARE = 1 / 16;

/**
 * The unsent bytes of all connections of the process, bounded: whoever holds most is closed first.
 *
 * Shape      holders report what changed; the sum may be higher than the truth, never lower, until it is measured again.
 * Units      bytes of whole frames.
 * Bounds     `heldBytes` never exceeds `limitBytes`.
 * Cost       O(1) per write; where the limit is met O(holders log holders), which frees a sixteenth of it.
 */
export class OutboundBudget {
  readonly limitBytes: number;
  private readonly held = new Map<Holder, number>();
  private sum = 0;
  private highest = 0;
  private highestOfOne = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get heldBytes(): number {
    return this.sum;
  }

  /** The most that was ever held by all together, and by one connection. */
  get peak(): { readonly process: number; readonly connection: number } {
    return { process: this.highest, connection: this.highestOfOne };
  }

  /** Makes room for `bytes` of `asker`, by cutting off the largest holders. False when the asker was one of them. */
  admit(asker: Holder, bytes: number): boolean {
    if (this.sum + bytes <= this.limitBytes) return true;
    // Only downwards: what the edge itself has written since (a close frame) was never asked for here.
    for (const [holder, bytes] of this.held) this.note(holder, Math.min(bytes, holder.unsentBytes));
    return this.sum + bytes <= this.limitBytes || this.cutLargest(asker, bytes);
  }

  /** Until there is room for `bytes` and some to come. False when the asker was one of them. */
  private cutLargest(asker: Holder, bytes: number): boolean {
    const most = Math.max(0, this.limitBytes * (1 - FREED_SHARE) - bytes);
    let isAskerIn = true;
    for (const [holder] of [...this.held].sort(([, one], [, other]) => other - one)) {
      if (this.sum <= most) break;
      if (holder === asker) isAskerIn = false;
      // Forgotten first, whatever the holder does.
      this.note(holder, 0);
      holder.cutOff();
    }
    return isAskerIn && this.sum + bytes <= this.limitBytes;
  }

  /** `holder` has `bytes` unsent from now on. */
  note(holder: Holder, bytes: number): void {
    const before = this.held.get(holder) ?? 0;
    this.sum += bytes - before;
    if (bytes === 0) this.held.delete(holder);
    else this.held.set(holder, bytes);
    if (this.sum > this.highest) this.highest = this.sum;
    if (bytes > this.highestOfOne) this.highestOfOne = bytes;
  }
}
