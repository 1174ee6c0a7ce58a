import type { Batch, Head, RecentWindow, WindowBounds, WindowOutcome, WindowSlice } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { Argument, RedisLink } from "../redis-link.ts";
import { decodeItem, itemTexts } from "../batch-json.ts";
import { APPEND, OPEN, READ, REMOVE } from "./window-scripts.ts";

export interface RedisWindowOptions extends WindowBounds {
  /**
   * How long a room's head is remembered after its last record, ms. Forgotten, the room's window is filled again
   * from the archive when it next has a record: this only bounds how many rooms Redis remembers.
   */
  readonly headLifeMs: number;
}

/** A week: rooms that come back every weekend find their head. */
export const HEAD_LIFE_MS = 604_800_000;

const START: Head = { seq: 0, n: 0 };

/**
 * The recent windows of all rooms, in Redis Streams.
 *
 * Shape      every call is one atomic script on the room's own slot; any number of processes may call.
 * Bounds     count, bytes of JSON and age of each room's records (DL-7); the stream goes when its last record is too old.
 * Errors     those of `RedisLink`; after one of `append` the outcome is unknown, and a repeat says which it was.
 */
export class RedisWindow implements RecentWindow {
  private readonly link: RedisLink;
  private readonly options: RedisWindowOptions;

  constructor(link: RedisLink, options: RedisWindowOptions) {
    this.link = link;
    this.options = options;
  }

  /** A head that is higher already stays: whoever opens is late, or fenced, and nothing is set back. */
  async open(room: string, head: Head, items: readonly Item[], ctx: Context): Promise<void> {
    const first = items[0];
    // What lay before the first record: its seq is not known, but nothing of the room lies between.
    const floor = first === undefined ? head : first.n === 1 ? START : { seq: first.seq - 1, n: first.n - 1 };
    const texts = items.map((item) => JSON.stringify(item));
    const args = [
      head.seq,
      head.n,
      floor.seq,
      floor.n,
      ...this.bounds(ctx),
      ...this.lives(),
      ...records(items, texts),
    ];
    await this.link.run(OPEN, this.keys(room), args, { ctx, repeatable: true });
  }

  async append(batch: Batch, ctx: Context): Promise<WindowOutcome> {
    const args = [
      batch.prev,
      ...this.bounds(ctx),
      ...this.lives(),
      ...records(batch.items, itemTexts(batch)),
    ];
    // Written by a first try whose answer was lost it says `ahead`, which is as good: nothing is written twice.
    const outcome = await this.link.run(APPEND, this.keys(batch.room), args, { ctx, repeatable: true });
    return outcome as WindowOutcome;
  }

  async read(room: string, after: number, limit: number, ctx: Context): Promise<WindowSlice> {
    const count = Number.isFinite(limit) ? Math.max(0, Math.floor(limit)) : "all";
    const args = [`${after + 1}-0`, count, ...this.bounds(ctx)];
    const reply = await this.link.run(READ, this.keys(room), args, { ctx, repeatable: true });
    const [seq, n, floorSeq, floorN, items] = reply as [string, string, string, string, string[]];
    return {
      items: items.reverse().map((text) => decodeItem(room, text)),
      head: { seq: Number(seq), n: Number(n) },
      floor: { seq: Number(floorSeq), n: Number(floorN) },
    };
  }

  /** Reads the whole window once: what is to go is for the caller to say. */
  async remove(room: string, match: (item: Item) => boolean, ctx: Context): Promise<void> {
    const { items } = await this.read(room, 0, Number.POSITIVE_INFINITY, ctx);
    const ids = items.filter(match).map(({ seq, n }) => `${seq}-${n}`);
    if (ids.length > 0) await this.link.run(REMOVE, this.keys(room), ids, { ctx, repeatable: true });
  }

  private keys(room: string): readonly [string, string] {
    return [this.link.key("head", room), this.link.key("window", room)];
  }

  private bounds({ clock }: Context): readonly Argument[] {
    const { maxItems, maxBytes, maxAgeMs } = this.options;
    return [maxItems, maxBytes, clock.wall() - maxAgeMs];
  }

  private lives(): readonly Argument[] {
    const { maxAgeMs, headLifeMs } = this.options;
    return [Math.ceil(maxAgeMs), Math.ceil(headLifeMs)];
  }
}

const records = (items: readonly Item[], texts: readonly string[]): readonly Argument[] =>
  items.flatMap((item, i) => [item.seq, item.n, item.at, texts[i] ?? ""]);
