import type { RecordContent } from "./record-codec.ts";

/**
 * Finds the second record of one append: an ingest that died between append and answer is asked again, and appends
 * again under the same key, or under the same id.
 *
 * Shape      a record is a repeat if one of the `horizon` records before it in its partition has its key or its id. That
 *            says the same to every reader, whatever place it began at, if it began `horizon` records early.
 * Cost       O(1) per record; memory of up to twice `horizon` names.
 */
export class RepeatFilter {
  private readonly horizon: number;
  /** Offset of the last record of each name, oldest first. */
  private readonly seen = new Map<string, number>();

  constructor(horizon: number) {
    this.horizon = horizon;
  }

  isRepeat(offset: number, content: RecordContent): boolean {
    this.forgetBefore(offset - this.horizon);
    const { room, entry, key } = content;
    const names = [`id\n${room}\n${entry.id}`];
    if (key !== undefined) names.push(`key\n${key.scope}\n${key.id}`);
    const isRepeat = names.some((name) => this.seen.has(name));
    for (const name of names) {
      // Deleted first, so that the oldest stays in front.
      this.seen.delete(name);
      this.seen.set(name, offset);
    }
    return isRepeat;
  }

  private forgetBefore(offset: number): void {
    for (const [name, at] of this.seen) {
      if (at >= offset) return;
      this.seen.delete(name);
    }
  }
}
