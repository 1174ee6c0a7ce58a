/** A connection that holds unsent bytes. */
export interface Holder {
  /** Unsent bytes now, as the socket says. */
  readonly unsentBytes: number;
  /** Ends the connection and gives its bytes back at once. */
  cutOff(): void;
}

/**
 * The unsent bytes of all connections of the process, bounded: whoever holds most is closed first.
 *
 * Shape      holders report what changed; the sum may be higher than the truth, never lower, until it is measured again.
 * Units      bytes of whole frames.
 * Bounds     `heldBytes` never exceeds `limitBytes`.
 * Cost       O(1) per write; O(holders) when the limit is met.
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
    let isAskerIn = true;
    while (this.sum + bytes > this.limitBytes) {
      const largest = this.largest();
      if (largest === undefined) return false;
      if (largest === asker) isAskerIn = false;
      // Forgotten first, whatever the holder does: the loop ends.
      this.note(largest, 0);
      largest.cutOff();
    }
    return isAskerIn;
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

  private largest(): Holder | undefined {
    let found: Holder | undefined;
    let most = 0;
    for (const [holder, bytes] of this.held) {
      if (bytes <= most) continue;
      found = holder;
      most = bytes;
    }
    return found;
  }
}
