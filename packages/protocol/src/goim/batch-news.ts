import type { BatchFrame } from "../frames.ts";

/** A command that is about several records, or none. */
export interface GoimNews {
  readonly cmd: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Of the batch that it came with. */
  readonly barrage: { readonly seq: number };
}

/** Kind of interaction: equal danmaku as one card with a count. */
const MERGED_DANMAKU = 102;
/** State of a card that is shown. */
const SHOWN = 4;

/**
 * What a batch says beside its records: counts of merged danmaku, as the card that Bilibili's rooms have for them, and
 * of how many danmaku a second those shown were chosen.
 *
 * Source     the card's fields: tiny-bilibili-ws (MIT), type `DM_INTERACTION`; its `data` is JSON in a string
 */
export function goimNews({ seq, merged, rate, window_ms = 0 }: BatchFrame): readonly GoimNews[] {
  const news: GoimNews[] = [];
  if (merged !== undefined) {
    const combo = merged.map((each) => ({
      id: each.seq,
      status: SHOWN,
      content: each.content,
      cnt: each.count,
      guide: "他们都在说:",
    }));
    const data = JSON.stringify({ combo, merge_interval: window_ms, send_interval: window_ms });
    news.push({
      cmd: "DM_INTERACTION",
      data: { id: seq, status: SHOWN, type: MERGED_DANMAKU, data },
      barrage: { seq },
    });
  }
  if (rate !== undefined) news.push({ cmd: "BARRAGE_SAMPLE_RATE", data: { ...rate }, barrage: { seq } });
  return news;
}
