import type { Context } from "@barrage/kernel";
import type { Item } from "@barrage/protocol";

export interface HistoryQuery {
  readonly room: string;
  /** Wall clock of ingest, ms, inclusive; absent: from the first. */
  readonly from?: number;
  /** Wall clock of ingest, ms, exclusive; absent: to the last. */
  readonly to?: number;
  /** Page cursor: only records with seq above it. */
  readonly after: number;
  readonly limit: number;
  /** Only control and paid records, found without reading the others; what is more may be among them. */
  readonly onlyKept?: boolean;
}

export interface HistoryPage {
  /** In order of seq; recalled records are left out. */
  readonly items: readonly Item[];
  /** Pass as `after` for the next page; absent on the last. */
  readonly next?: number;
}

export interface ArchivedItem {
  readonly room: string;
  readonly item: Item;
}

/** History of all rooms by time. Written from the log, exactly once by `seq`. */
export interface Archive {
  /**
   * Writes what is not there yet (by seq), in one durable transaction. A recall among them hides its targets:
   * the record with that id, or all of that user's records in the room with a lower seq.
   */
  write(items: readonly ArchivedItem[], ctx: Context): Promise<void>;
  query(query: HistoryQuery, ctx: Context): Promise<HistoryPage>;
  /** The newest `limit` records of a room, oldest first: to fill its recent window after a start. */
  latest(room: string, limit: number, ctx: Context): Promise<readonly Item[]>;
  /** One record by its id, recalled or not. */
  find(room: string, id: string, ctx: Context): Promise<Item | undefined>;
  /** Deletes everything of one user in every room; returns the rooms that had any. */
  erase(uid: string, ctx: Context): Promise<readonly string[]>;
  /** Deletes what is older than `before` (ms), then the oldest until the file has at most `maxBytes`; returns how many. */
  retain(policy: { readonly before: number; readonly maxBytes: number }, ctx: Context): Promise<number>;
  close(): Promise<void>;
}
