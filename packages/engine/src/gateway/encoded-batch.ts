import type { BatchFrame, Item, MergedCount, SampleRate } from "@barrage/protocol";
import type { Batch } from "../ports/index.ts";
import { countsOf, isShown, withheldOf } from "../room/policies/room-item.ts";
import type { RoomItem } from "../room/policies/room-item.ts";
import type { Encoding } from "./encoding.ts";

/** How much of a batch a connection gets. 0: all. 1: no likes and arrivals. 2: only what must be delivered. */
export type Level = 0 | 1 | 2;

/**
 * What is never withheld from a viewer who is merely slow: the room's control records, what somebody paid for, and
 * what host and moderators say, of which there is little.
 */
export function mustDeliver({ kind, author }: Item): boolean {
  if (kind === "danmaku") return author.role === "host" || author.role === "moderator";
  return kind === "recall" || kind === "room-event" || kind === "superchat" || kind === "gift";
}

const isMinor = ({ kind }: Item): boolean => kind === "like" || kind === "enter";

/** The frames of one batch in one protocol; each made when it is first needed. */
class Forms {
  private readonly batch: EncodedBatch;
  private readonly encoding: Encoding;
  private readonly frames: [Uint8Array?, Uint8Array?, Uint8Array?] = [];

  constructor(batch: EncodedBatch, encoding: Encoding) {
    this.batch = batch;
    this.encoding = encoding;
  }

  at(level: Level): Uint8Array {
    return (this.frames[level] ??= this.encoding.batch(this.batch.frameAt(level)));
  }
}

/**
 * A batch as the bytes that go to every socket of its room: made once per protocol, and its second and third form only
 * when first needed.
 *
 * Bounds     three encodings per protocol, whatever the number of viewers.
 */
export class EncodedBatch {
  readonly room: string;
  readonly prev: number;
  readonly seq: number;
  /** Records in the full form. */
  readonly count: number;
  /** Records between `prev` and `seq` that nobody can give any more; told beside those in it. */
  readonly expired: number;
  /** Records that the room's ceiling withheld from everybody. */
  readonly sampled: number;
  /** Records that are part of another one's count. */
  readonly mergedRecords: number;
  private readonly all: readonly RoomItem[];
  /** Those that are shown. */
  private readonly items: readonly Item[];
  private readonly merged: readonly MergedCount[] | undefined;
  private readonly windowMs: number | undefined;
  private readonly rate: SampleRate | undefined;
  private lessItems: readonly Item[] | undefined;
  private mustItems: readonly Item[] | undefined;
  private encoding: Encoding | undefined;
  private forms: Forms | undefined;
  private others: Map<Encoding, Forms> | undefined;

  constructor({ room, prev, seq, items, windowMs, rate, expired = 0 }: Batch) {
    const { sampled, merged } = withheldOf(items);
    this.room = room;
    this.prev = prev;
    this.seq = seq;
    this.all = items;
    this.items = sampled + merged === 0 ? items : items.filter(isShown);
    this.count = this.items.length;
    this.sampled = sampled;
    this.merged = merged === 0 ? undefined : [...countsOf(items).values()];
    this.windowMs = windowMs;
    this.rate = rate;
    this.expired = expired;
    this.mergedRecords = merged;
  }

  /** Records that it accounts for to each viewer: given or told of as expired. */
  get total(): number {
    return this.count + this.expired;
  }

  /** Records in it, shown or not. */
  get records(): number {
    return this.all.length;
  }

  /** The shared frame of this level. */
  bytes(encoding: Encoding, level: Level): Uint8Array {
    return this.formsOf(encoding).at(level);
  }

  countAt(level: Level): number {
    return this.itemsAt(level).length;
  }

  /** The part that a viewer who has everything up to `seq` has not. */
  after(seq: number): EncodedBatch {
    const items = this.all.filter((item) => item.seq > seq);
    const { room, seq: last, windowMs, rate } = this;
    return new EncodedBatch({
      room,
      prev: seq,
      seq: last,
      items,
      ...(windowMs === undefined ? {} : { windowMs }),
      ...(rate === undefined ? {} : { rate }),
    });
  }

  /** The same, where nothing lies between `prev` and its own: so that the chain is unbroken. */
  following(prev: number): EncodedBatch {
    const { room, seq, all: items, expired } = this;
    return new EncodedBatch({ room, prev, seq, items, expired });
  }

  frameAt(level: Level): BatchFrame {
    const items = this.itemsAt(level);
    const withheld = this.expired + this.count - items.length;
    const reason = this.expired > 0 ? "expired" : "slow";
    return {
      type: "batch",
      room_id: this.room,
      prev: this.prev,
      seq: this.seq,
      count: items.length,
      ...(withheld === 0 ? {} : { shed: { count: withheld, reason } }),
      ...(this.windowMs === undefined ? {} : { window_ms: this.windowMs }),
      ...(this.sampled === 0 ? {} : { sampled: this.sampled }),
      ...(this.merged === undefined ? {} : { merged: this.merged }),
      ...(this.rate === undefined ? {} : { rate: this.rate }),
      items,
    };
  }

  private itemsAt(level: Level): readonly Item[] {
    if (level === 0) return this.items;
    if (level === 1) return (this.lessItems ??= this.items.filter((item) => !isMinor(item)));
    return (this.mustItems ??= this.items.filter(mustDeliver));
  }

  // Most rooms have viewers of one protocol: the map is made with the second.
  private formsOf(encoding: Encoding): Forms {
    if (this.encoding === encoding && this.forms !== undefined) return this.forms;
    if (this.encoding === undefined) {
      this.encoding = encoding;
      return (this.forms = new Forms(this, encoding));
    }
    this.others ??= new Map();
    let forms = this.others.get(encoding);
    if (forms === undefined) {
      forms = new Forms(this, encoding);
      this.others.set(encoding, forms);
    }
    return forms;
  }
}
