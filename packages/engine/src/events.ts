import type { GapReason } from "@barrage/protocol";
import type { PolicyCounts } from "./room/policies/tally.ts";

/** What the engine tells about itself; `telemetry` makes logs and metrics of it. At most one event a batch, never one a delivery. */
export type EngineEvent =
  /** `oldestMs`: age of the batch's oldest record, from ingest to the end of the last socket write of this batch. */
  | {
      readonly type: "batch_delivered";
      readonly room: string;
      readonly items: number;
      readonly viewers: number;
      readonly oldestMs: number;
    }
  | { readonly type: "connection_opened"; readonly room: string }
  | {
      readonly type: "connection_closed";
      readonly room: string;
      readonly code: number;
      readonly reason: string;
    }
  | { readonly type: "verdict"; readonly verdict: "allow" | "mask" | "hold" | "reject" }
  /** The feed went from `from` on to what follows `to`: a batch between the two did not come, and is read from the window. */
  | { readonly type: "feed_gap"; readonly room: string; readonly from: number; readonly to: number }
  /** Nothing is missing: batches came faster than the room was handed them, and those up to `to` are read from the window. */
  | { readonly type: "room_queue_full"; readonly room: string; readonly from: number; readonly to: number }
  | { readonly type: "room_changed"; readonly room: string; readonly event: string }
  | { readonly type: "publish_failed"; readonly room: string; readonly error: unknown }
  /** The router could not read on, and tries again. */
  | { readonly type: "log_failed"; readonly error: unknown }
  | { readonly type: "archive_failed"; readonly error: unknown };

/** What the router counts as it goes, and how often policies were applied. */
export interface RouterCounts {
  /** Records taken into a room's order and published on the feed. */
  published: number;
  /** Records dropped in log order because their sender was muted. */
  muted: number;
  readonly policies: PolicyCounts;
}

/** Running totals of one process's fan-out. */
export interface GatewayTotals {
  /** Batches that arrived twice and were dropped by seq. */
  readonly duplicates: number;
  /** Records whose socket write completed, over all connections. */
  readonly delivered: number;
  /** Records withheld from a connection, by reason. */
  readonly shed: Readonly<Record<GapReason, number>>;
  /** Records that were still in a connection's buffer when it closed. */
  readonly lostAtClose: number;
}

/** Running totals, read when metrics are scraped. */
export interface EngineTotals extends Readonly<RouterCounts>, GatewayTotals {}
