import type { GapFrame } from "@barrage/protocol";
import type { WindowSlice } from "../ports/index.ts";
import { isKept } from "../room/kept-kinds.ts";
import { EncodedBatch } from "./encoded-batch.ts";
import { pastOf } from "./passages.ts";
import type { Passage } from "./passages.ts";
import type { ReplayCounts } from "./replay.ts";
import type { SharedBatches } from "./shared-batches.ts";

/** What a viewer gets who comes back. */
export interface CatchUp {
  readonly frames: readonly (EncodedBatch | GapFrame)[];
  readonly counts: ReplayCounts;
}

export const NOTHING_MISSED: CatchUp = {
  frames: [],
  counts: { items: 0, missing: 0, sampled: 0, merged: 0 },
};

/**
 * Everything from `since` to the window's head: what the window has, as shared batches, the newest that fit in `limit`
 * bytes; of what lies before them control and paid records in any case.
 */
export function catchUpOf(
  room: string,
  slice: WindowSlice,
  since: number,
  {
    shared,
    sizeOf,
    limit,
  }: { shared: SharedBatches; sizeOf: (batch: EncodedBatch) => number; limit: number },
): CatchUp {
  const { items, floor, past, head } = slice;
  const start = Math.max(since, floor.seq);
  const recent = [...shared.over(room, items, start, head.seq)];
  let first = recent.length;
  for (let left = limit; first > 0; first--) {
    const batch = recent[first - 1];
    left -= batch === undefined ? 0 : sizeOf(batch);
    if (left < 0) break;
  }
  const afterN = since < floor.seq ? past?.afterN : (items[0]?.n ?? head.n + 1) - 1;
  const cutSeq = recent[first - 1]?.seq;
  const cut = cutSeq === undefined ? [] : items.filter(({ seq }) => seq <= cutSeq);
  const lastCut = cut.at(-1);
  const before = pastOf(
    lastCut === undefined
      ? slice
      : {
          floor: lastCut,
          past: { ...NOTHING_KEPT, ...past, kept: [...(past?.kept ?? []), ...cut.filter(isKept)] },
        },
    { seq: since, n: afterN },
    limit,
  );
  return framesOf(room, since, before, recent.slice(first));
}

const NOTHING_KEPT = { kept: [], keptFrom: 0, isExpired: false };

function framesOf(
  room: string,
  since: number,
  before: readonly Passage[],
  recent: readonly EncodedBatch[],
): CatchUp {
  const frames: (EncodedBatch | GapFrame)[] = [];
  const counts = { ...NOTHING_MISSED.counts };
  let at = since;
  for (const { prev, seq, items: kept, expired } of before) {
    if (kept.length === 0) {
      frames.push({ type: "gap", room_id: room, from: prev, to: seq, count: expired, reason: "expired" });
    } else frames.push(new EncodedBatch({ room, prev, seq, items: kept, expired: expired ?? 0 }));
    at = seq;
    counts.items += kept.length;
    counts.missing += expired ?? 0;
  }
  for (const batch of recent) {
    // Nothing lies between, but the chain has to say so: the floor is no record's place after a start.
    frames.push(batch.prev === at ? batch : batch.following(at));
    at = batch.seq;
    counts.items += batch.count;
    counts.sampled += batch.sampled;
    counts.merged += batch.mergedRecords;
  }
  return { frames, counts };
}
