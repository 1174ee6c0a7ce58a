import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";
import type { LogRecord } from "./danmaku-log.ts";

export interface HistoryQuery {
  readonly room: string;
  /** Wall clock, ms, inclusive; absent: from the first. */
  readonly from?: number;
  /** Wall clock, ms, exclusive; absent: to the last. */
  readonly to?: number;
  /** Page cursor: only records with seq above it. */
  readonly after: number;
  readonly limit: number;
}

export interface HistoryPage {
  readonly items: readonly Item[];
  /** Pass as `after` for the next page; absent on the last. */
  readonly next?: number;
}

/** History of all rooms by time. Written by the archiver from the log, exactly once by `seq`. */
export interface Archive {
  /** Writes records that are not there yet (by seq); recalls and erasures in them are applied. */
  write(records: readonly LogRecord[], ctx: Context): Promise<void>;
  query(query: HistoryQuery, ctx: Context): Promise<HistoryPage>;
  /** One record by its id, if it is there. */
  find(room: string, id: string, ctx: Context): Promise<Item | undefined>;
  erase(uid: string, ctx: Context): Promise<number>;
  retain(policy: { readonly before: number; readonly maxBytes: number }, ctx: Context): Promise<number>;
  close(): Promise<void>;
}
