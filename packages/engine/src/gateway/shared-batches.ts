import type { Batch } from "../ports/index.ts";
import { partsOf } from "../room/batch-parts.ts";
import type { RoomItem } from "../room/policies/room-item.ts";
import { EncodedBatch } from "./encoded-batch.ts";

/** Records of one shared batch: small enough that the first, which is a viewer's own, costs little. */
const SHARED_ITEMS = 64;
/** Shared batches of a room: the standard window of 2,000 records has 32. */
const SHARED_MAX = 128;

/** A room's recent records as batches which those who come back share: each encoded once per protocol. */
export class SharedBatches {
  private readonly batches = new Map<number, EncodedBatch>();
  /** Somebody came back since the last look. */
  private isUsed = false;

  /** The batches that lead over `items` from `prev` to `head`. */
  *over(room: string, items: readonly RoomItem[], prev: number, head: number): Iterable<EncodedBatch> {
    this.isUsed = true;
    let at = prev;
    for (const group of groupsOf(items)) {
      for (const part of partsOf(group)) {
        const seq = part.at(-1)?.seq ?? at;
        yield this.shared({ room, prev: at, seq, items: part });
        at = seq;
      }
    }
    // The room's last record was taken out of the window.
    if (at < head) yield new EncodedBatch({ room, prev: at, seq: head, items: [] });
  }

  /** False when nobody came since the last look: then it is not worth its memory. */
  look(): boolean {
    const { isUsed } = this;
    this.isUsed = false;
    return isUsed;
  }

  private shared(batch: Batch): EncodedBatch {
    const known = this.batches.get(batch.prev);
    // A recall takes a record out, and the newest batch grows.
    if (known?.seq === batch.seq && known.records === batch.items.length) return known;
    const made = new EncodedBatch(batch);
    if (this.batches.size >= SHARED_MAX) this.batches.clear();
    this.batches.set(batch.prev, made);
    return made;
  }
}

/** Cut where ordinals are multiples, so that the cuts are everybody's. */
function* groupsOf(items: readonly RoomItem[]): Iterable<readonly RoomItem[]> {
  let start = 0;
  for (const [i, { n }] of items.entries()) {
    const before = items[i - 1];
    if (before === undefined || Math.floor(before.n / SHARED_ITEMS) === Math.floor(n / SHARED_ITEMS))
      continue;
    yield items.slice(start, i);
    start = i;
  }
  if (start < items.length) yield items.slice(start);
}
