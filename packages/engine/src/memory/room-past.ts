import type { Item } from "@barrage/protocol";
import { isKept } from "../room/kept-kinds.ts";
import type { Head, WindowPast } from "../ports/index.ts";
import { itemBytesAtMost } from "../room/item-size.ts";

export interface PastBounds {
  /** The resume horizon. */
  readonly maxAgeMs: number;
  readonly keptItems: number;
  /** Upper bound of JSON text. */
  readonly keptBytes: number;
}

/** Where the chain stood at the end of a batch, and when. */
interface Mark extends Head {
  readonly at: number;
}

/** Marks of a room; every second one goes when there are more. At 40 batches a second 4,096 reach back 100 s. */
const MARKS_MAX = 4_096;

/**
 * What is still known of a room's records that its window had no room for: control and paid records, and how many others.
 *
 * Bounds     `keptItems` and `keptBytes`, beyond which the oldest go (the archive has them); MARKS_MAX; all of it within
 *            the resume horizon.
 */
export class RoomPast {
  private readonly kept: Item[];
  private keptBytes: number;
  private marks: Mark[] = [];
  /** No kept record after this seq has been forgotten for want of space. */
  private keptFrom: number;
  /** The newest record that is older than the horizon. */
  private expired = 0;

  /** `kept`: what there was before, complete after `keptFrom`. */
  constructor(keptFrom: number, kept: readonly Item[]) {
    this.keptFrom = keptFrom;
    this.kept = [...kept];
    this.keptBytes = kept.reduce((sum, item) => sum + itemBytesAtMost(item), 0);
  }

  /** A record leaves the window. */
  take(item: Item, endsBatch: boolean): void {
    if (isKept(item)) {
      this.kept.push(item);
      this.keptBytes += itemBytesAtMost(item);
    }
    if (!endsBatch) return;
    this.marks.push({ seq: item.seq, n: item.n, at: item.at });
    if (this.marks.length > MARKS_MAX) this.marks = this.marks.filter((_, i) => i % 2 === 1);
  }

  /** A record is older than the horizon. */
  expire(seq: number): void {
    this.expired = Math.max(this.expired, seq);
  }

  trim({ maxAgeMs, keptItems, keptBytes }: PastBounds, now: number): void {
    const oldest = now - maxAgeMs;
    let old = 0;
    for (const { seq, at } of this.marks) {
      if (at >= oldest) break;
      this.expire(seq);
      old += 1;
    }
    if (old > 0) this.marks.splice(0, old);
    let drop = 0;
    for (const item of this.kept) {
      const isOld = item.at < oldest;
      if (!isOld && this.kept.length - drop <= keptItems && this.keptBytes <= keptBytes) break;
      if (isOld) this.expire(item.seq);
      else this.keptFrom = item.seq;
      this.keptBytes -= itemBytesAtMost(item);
      drop += 1;
    }
    if (drop > 0) this.kept.splice(0, drop);
  }

  /** What is known of the records after `after`. */
  since(after: number): WindowPast {
    const n = this.ordinalOf(after);
    return {
      kept: this.kept.filter(({ seq }) => seq > after),
      keptFrom: this.keptFrom,
      isExpired: after < this.expired,
      ...(n === undefined ? {} : { afterN: n }),
    };
  }

  remove(match: (item: Item) => boolean): void {
    for (let i = this.kept.length - 1; i >= 0; i--) {
      const item = this.kept[i];
      if (item === undefined || !match(item)) continue;
      this.keptBytes -= itemBytesAtMost(item);
      this.kept.splice(i, 1);
    }
  }

  private ordinalOf(seq: number): number | undefined {
    if (seq === 0) return 0;
    let low = 0;
    let high = this.marks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.marks[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    const mark = this.marks[low];
    return mark?.seq === seq ? mark.n : undefined;
  }
}
