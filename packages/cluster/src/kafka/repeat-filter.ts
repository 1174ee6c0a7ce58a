import type { RecordContent } from "./record-codec.ts";

/** A name as it was seen at a place. */
interface Sighting {
  readonly name: string;
  readonly offset: number;
}

/** Sightings that are over are let go of when there are as many as this, and as many as those that are not. */
const COMPACT_AT = 1_024;

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
  /** Offset of the last record of each name. */
  private readonly seen = new Map<string, number>();
  /** Oldest first, from `oldest` on. Not read off the map: its own first entry takes as long as many were deleted before it. */
  private sightings: Sighting[] = [];
  private oldest = 0;

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
      this.seen.set(name, offset);
      this.sightings.push({ name, offset });
    }
    return isRepeat;
  }

  private forgetBefore(offset: number): void {
    for (let next = this.sightings[this.oldest]; next !== undefined && next.offset < offset;) {
      // Seen again since, it stays.
      if (this.seen.get(next.name) === next.offset) this.seen.delete(next.name);
      this.oldest += 1;
      next = this.sightings[this.oldest];
    }
    if (this.oldest < COMPACT_AT || this.oldest < this.sightings.length / 2) return;
    this.sightings = this.sightings.slice(this.oldest);
    this.oldest = 0;
  }
}
