import type { RecordContent } from "./record-codec.ts";
import { RepeatFilter } from "./repeat-filter.ts";

/** Repeats whose places are remembered; with one more the oldest goes, and what can be read begins after it. */
const MAX_REPEATS = 16_384;

/**
 * Which records of a run of one partition are repeats, for everybody who reads within it: who follows the partition has
 * judged what others read later, and they need not look back over `horizon` records for each page.
 *
 * Shape      a reader that begins at a place that it `covers`, or at `end`, and reads on from there in order.
 * Bounds     the names of one `RepeatFilter`, and the places of 16,384 repeats.
 */
export class JudgedRecords {
  private readonly filter: RepeatFilter;
  private readonly repeats = new Set<number>();
  private from: number;
  private to: number;

  /** For a reader of the records from `start` on; it begins to read at `end`, which is up to `horizon` before. */
  constructor(start: number, horizon: number) {
    this.filter = new RepeatFilter(horizon);
    this.from = start;
    this.to = Math.max(0, start - horizon);
  }

  /** The place up to which every record is judged. */
  get end(): number {
    return this.to;
  }

  /** Can a reader who wants the records from `start` on begin there? */
  covers(start: number): boolean {
    return this.from <= start && start <= this.to;
  }

  isRepeat(offset: number, content: RecordContent): boolean {
    if (offset < this.to) return this.repeats.has(offset);
    this.to = offset + 1;
    const isRepeat = this.filter.isRepeat(offset, content);
    if (isRepeat) this.remember(offset);
    return isRepeat;
  }

  private remember(offset: number): void {
    this.repeats.add(offset);
    if (this.repeats.size <= MAX_REPEATS) return;
    const [oldest = 0] = this.repeats;
    this.repeats.delete(oldest);
    this.from = Math.max(this.from, oldest + 1);
  }
}
