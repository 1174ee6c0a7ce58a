import type {
  Batch,
  Head,
  Opening,
  RecentWindow,
  RoomState,
  StoredStates,
  WindowBounds,
  WindowOutcome,
  WindowSlice,
} from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import { decodeItem, itemTexts } from "../batch-json.ts";
import type { Argument, RedisLink } from "../redis-link.ts";
import { decodeState, encodeState } from "./state-text.ts";
import { APPEND, OPEN, READ, REMOVE } from "./window-scripts.ts";

export interface RedisWindowOptions extends WindowBounds {
  /** Control and paid records that are kept of those that had no room. */
  readonly keptItems: number;
  /** Bytes of their JSON. */
  readonly keptBytes: number;
  /**
   * How long a room's head is remembered after its last record, ms. Forgotten, the room's window is filled again
   * from the archive when it next has a record: this only bounds how many rooms Redis remembers.
   */
  readonly headLifeMs: number;
}

/** A week: rooms that come back every weekend find their head. */
export const HEAD_LIFE_MS = 604_800_000;

const START: Head = { seq: 0, n: 0 };

/** Control and paid: kept when the window has no room for them. */
const KEPT_KINDS: ReadonlySet<Item["kind"]> = new Set(["room-event", "recall", "superchat", "gift"]);

/**
 * The recent windows of all rooms, in Redis Streams, and with each the room's state as of its head.
 *
 * Shape      every call is one atomic step on the room's own slot; any number of processes may call.
 * Bounds     count, bytes of JSON and age of each room's records (DL-7), and of the control and paid ones beyond (DL-36).
 * Errors     those of `RedisLink`; after one of `append` the outcome is unknown, and a repeat says which it was.
 */
export class RedisWindow implements RecentWindow, StoredStates {
  private readonly link: RedisLink;
  private readonly options: RedisWindowOptions;
  private invalid = 0;

  constructor(link: RedisLink, options: RedisWindowOptions) {
    this.link = link;
    this.options = options;
  }

  /** Stored room states that were none of ours, and counted as absent. */
  get invalidStates(): number {
    return this.invalid;
  }

  /** A head that is higher already stays: whoever opens is late, or fenced, and nothing is set back. */
  async open(
    room: string,
    { seq, n, before, state }: Opening,
    items: readonly Item[],
    ctx: Context,
  ): Promise<void> {
    const first = items[0];
    // What lay before the first record: its seq is not known, but nothing of the room lies between.
    const floor =
      first === undefined ? { seq, n } : first.n === 1 ? START : { seq: first.seq - 1, n: first.n - 1 };
    const { kept = [], keptFrom = floor.seq } = before ?? {};
    const chain = [seq, n, floor.seq, floor.n, keptFrom];
    const records = [...recordsOf(kept), ...recordsOf(items)];
    const args = [
      ...chain,
      ...this.bounds(ctx),
      ...this.lives(),
      encodeState(state),
      kept.length,
      ...records,
    ];
    await this.link.run(OPEN, this.keys(room), args, { ctx, repeatable: true });
  }

  async append(batch: Batch, ctx: Context): Promise<WindowOutcome> {
    const records = recordsOf(batch.items, itemTexts(batch), batch.seq);
    const args = [batch.prev, ...this.bounds(ctx), ...this.lives(), encodeState(batch.state), ...records];
    // Written by a first try whose answer was lost it says `ahead`, which is as good: nothing is written twice.
    const outcome = await this.link.run(APPEND, this.keys(batch.room), args, { ctx, repeatable: true });
    return outcome as WindowOutcome;
  }

  async read(room: string, after: number, limit: number, ctx: Context): Promise<WindowSlice> {
    const count = Number.isFinite(limit) ? Math.max(0, Math.floor(limit)) : "all";
    const args = [after, after + 1, count, ...this.bounds(ctx)];
    const reply = await this.link.run(READ, this.keys(room), args, { ctx, repeatable: true });
    const [seq, n, floorSeq, floorN, items, kept, keptFrom, expired, afterN] = reply as Answer;
    const slice: WindowSlice = {
      items: items.reverse().map((text) => decodeItem(room, text)),
      head: { seq: Number(seq), n: Number(n) },
      floor: { seq: Number(floorSeq), n: Number(floorN) },
    };
    if (kept === undefined) return slice;
    const ordinal = after === 0 ? 0 : afterN === undefined ? undefined : Number(afterN);
    const past = {
      kept: kept.map((text) => decodeItem(room, text)),
      keptFrom: Number(keptFrom),
      isExpired: after < Number(expired),
      ...(ordinal === undefined ? {} : { afterN: ordinal }),
    };
    return { ...slice, past };
  }

  /** Reads the whole window once: what is to go is for the caller to say. */
  async remove(room: string, match: (item: Item) => boolean, ctx: Context): Promise<void> {
    const { items, past } = await this.read(room, 0, Number.POSITIVE_INFINITY, ctx);
    const ids = [...items, ...(past?.kept ?? [])].filter(match).map(({ seq, n }) => `${seq}-${n}`);
    if (ids.length === 0) return;
    const args = [this.oldest(ctx), ...ids];
    await this.link.run(REMOVE, this.keys(room), args, { ctx, repeatable: true });
  }

  async find(room: string, ctx: Context): Promise<RoomState | undefined> {
    const [seq, n, text] = await this.headFields(room, ["s", "n", "st"], ctx);
    if (typeof seq !== "string" || typeof n !== "string" || typeof text !== "string") return undefined;
    const state = decodeState(room, text, { seq: Number(seq), n: Number(n) });
    if (state === undefined) this.invalid += 1;
    return state;
  }

  /** Where the room's chain stands; 0 for one that is not known. */
  async headOf(room: string, ctx: Context): Promise<number> {
    const [seq] = await this.headFields(room, ["s"], ctx);
    return Number(seq ?? 0);
  }

  /** The node that has the room, and its channel of the feed; "" while the cluster is not known. */
  nodeOf(room: string): string {
    return this.link.nodeOf(this.link.key("head", room)) ?? "";
  }

  private headFields(
    room: string,
    fields: readonly string[],
    ctx: Context,
  ): Promise<readonly (string | null)[]> {
    const [key] = this.keys(room);
    const ask = { name: "room state", key, repeatable: true };
    return this.link.command(ask, (client) => client.hmget(key, ...fields), ctx);
  }

  private keys(room: string): readonly [string, string, string, string] {
    const key = (kind: string): string => this.link.key(kind, room);
    return [key("head"), key("window"), key("past"), key("marks")];
  }

  private oldest({ clock }: Context): number {
    return clock.wall() - this.options.maxAgeMs;
  }

  private bounds(ctx: Context): readonly Argument[] {
    const { maxItems, maxBytes, keptItems, keptBytes } = this.options;
    return [maxItems, maxBytes, this.oldest(ctx), keptItems, keptBytes];
  }

  private lives(): readonly Argument[] {
    const { maxAgeMs, headLifeMs } = this.options;
    return [Math.ceil(maxAgeMs), Math.ceil(headLifeMs)];
  }
}

type Answer = [
  ...head: [seq: string, n: string, floorSeq: string, floorN: string, items: string[]],
  ...past: [kept?: string[], keptFrom?: string, expired?: string, afterN?: string],
];

/** `end`: seq of the record that ends a batch. */
function recordsOf(items: readonly Item[], texts?: readonly string[], end?: number): readonly Argument[] {
  return items.flatMap((item, i) => {
    const what = `${KEPT_KINDS.has(item.kind) ? "k" : ""}${item.seq === end ? "e" : ""}`;
    return [item.seq, item.n, item.at, what, texts?.[i] ?? JSON.stringify(item)];
  });
}
