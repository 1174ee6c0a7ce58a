import type { BatchFrame, Item } from "@barrage/protocol";
import type { Batch } from "../ports/index.ts";
import { textFrame } from "./ws-frame.ts";

/** What is never withheld from a viewer who is merely slow: the room's control records, and what somebody paid for. */
export function mustDeliver({ kind }: Item): boolean {
  return kind === "recall" || kind === "room-event" || kind === "superchat" || kind === "gift";
}

/**
 * A batch as the bytes that go to every socket of its room: made once, and the second form only when first needed.
 *
 * Cost       one encoding per form and batch, whatever the number of viewers.
 */
export class EncodedBatch {
  readonly room: string;
  readonly prev: number;
  readonly seq: number;
  /** Records in the full form. */
  readonly count: number;
  readonly items: readonly Item[];
  /** The records that a slow connection gets all the same. */
  readonly must: readonly Item[];
  private fullFrame: Buffer | undefined;
  private mustFrame: Buffer | undefined;

  constructor(batch: Batch) {
    this.room = batch.room;
    this.prev = batch.prev;
    this.seq = batch.seq;
    this.items = batch.items;
    this.count = batch.items.length;
    this.must = batch.items.filter(mustDeliver);
  }

  get full(): Buffer {
    return (this.fullFrame ??= this.encode(this.items));
  }

  /** Only what must be delivered; its header says how many were withheld. */
  get mustOnly(): Buffer {
    return (this.mustFrame ??= this.encode(this.must));
  }

  private encode(items: readonly Item[]): Buffer {
    const withheld = this.count - items.length;
    const frame: BatchFrame = {
      type: "batch",
      room_id: this.room,
      prev: this.prev,
      seq: this.seq,
      count: items.length,
      ...(withheld === 0 ? {} : { shed: { count: withheld, reason: "slow" } }),
      items,
    };
    return textFrame(JSON.stringify(frame));
  }
}
