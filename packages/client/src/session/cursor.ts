import type { BatchFrame, GapFrame, Item, SnapshotFrame } from "@barrage/protocol";

/**
 * How far a viewer has come in a room.
 *
 * `last` is the highest seq that was applied: nothing at or below it is applied again, whichever connection it
 * comes by. `chain` is where the present connection's chain of batches stands; a server that is behind the one
 * before starts it below `last`. `lastAt` is the wall clock of the record at `last`, as the server wrote it.
 */
export interface Cursor {
  readonly last: number | undefined;
  readonly chain: number;
  readonly lastAt: number;
}

export const startCursor = (since?: number): Cursor => ({ last: since, chain: since ?? 0, lastAt: 0 });

/** Records that were withheld, in the words of a `gap` frame. `from` and `to` are places, their difference is no count. */
export type Gap = Pick<GapFrame, "from" | "to" | "count" | "reason">;

/** What a frame did: records to apply in order and what was withheld, or the reason why the stream cannot be trusted. */
export type Advance =
  | {
      readonly kind: "applied";
      readonly cursor: Cursor;
      readonly items: readonly Item[];
      readonly gaps: readonly Gap[];
    }
  | { readonly kind: "fault"; readonly cursor: Cursor; readonly detail: string };

// A record whose seq is old and whose time is new comes from a log that was started over. Ingest clocks of one log
// differ by seconds at most, so a minute is far outside of that (ms).
const RESTART_MS = 60_000;

const isOfAnotherLog = (cursor: Cursor, items: readonly Item[]): boolean =>
  cursor.last !== undefined &&
  cursor.lastAt > 0 &&
  items.some((item) => item.seq <= (cursor.last ?? 0) && item.at > cursor.lastAt + RESTART_MS);

const startOver = (): Advance => ({
  kind: "fault",
  cursor: startCursor(),
  detail: "the room's log was started over",
});

function isAscending(items: readonly Item[], after: number, upTo: number): boolean {
  let before = after;
  for (const { seq } of items) {
    if (seq <= before || seq > upTo) return false;
    before = seq;
  }
  return true;
}

function moved(cursor: Cursor, chain: number, items: readonly Item[]): Cursor {
  const lastAt = Math.max(cursor.lastAt, items.at(-1)?.at ?? 0);
  return { last: Math.max(cursor.last ?? 0, chain), chain, lastAt };
}

const fresh = (cursor: Cursor, items: readonly Item[]): readonly Item[] => {
  const last = cursor.last ?? -1;
  const first = items.findIndex((item) => item.seq > last);
  return first === 0 ? items : first < 0 ? [] : items.slice(first);
};

/** What the room's ceiling withheld from everybody. */
const sampledGap = (from: number, to: number, count = 0): readonly Gap[] =>
  count === 0 ? [] : [{ from, to, count, reason: "sampled" }];

/** The first frame of a connection: it sets the chain. */
export function acceptSnapshot(cursor: Cursor, frame: SnapshotFrame): Advance {
  const { head, items } = frame;
  if (isOfAnotherLog(cursor, items)) return startOver();
  if (!isAscending(items, -1, head)) return { kind: "fault", cursor, detail: "the snapshot is out of order" };
  return { kind: "applied", cursor: moved(cursor, head, items), items: fresh(cursor, items), gaps: [] };
}

/** A batch continues the chain, was seen before, or shows that something is missing. */
export function acceptBatch(cursor: Cursor, frame: BatchFrame): Advance {
  const { prev, seq, items } = frame;
  if (isOfAnotherLog(cursor, items)) return startOver();
  if (seq <= cursor.chain) return { kind: "applied", cursor, items: [], gaps: [] };
  if (prev !== cursor.chain)
    return { kind: "fault", cursor, detail: `${prev} does not follow ${cursor.chain}` };
  if (frame.count !== items.length || !isAscending(items, prev, seq)) {
    return { kind: "fault", cursor, detail: "the batch contradicts its header" };
  }
  const shed: readonly Gap[] = frame.shed === undefined ? [] : [{ from: prev, to: seq, ...frame.shed }];
  return {
    kind: "applied",
    cursor: moved(cursor, seq, items),
    items: fresh(cursor, items),
    gaps: [...shed, ...sampledGap(prev, seq, frame.sampled)],
  };
}

/** A gap continues the chain too: the server says what it withheld. */
export function acceptGap(cursor: Cursor, frame: GapFrame): Advance {
  const { from, to, count, reason } = frame;
  if (from > cursor.chain)
    return { kind: "fault", cursor, detail: `${from} does not follow ${cursor.chain}` };
  // One told after the snapshot lies before its head: it moves nothing.
  const next = to > cursor.chain ? moved(cursor, to, []) : cursor;
  return { kind: "applied", cursor: next, items: [], gaps: [{ from, to, count, reason }] };
}
