import type { GapReason } from "@barrage/protocol";

/**
 * Where the records went that a connection should have got: `published + replayed` is the sum of all other terms.
 *
 * Units      records of one connection; of a room or a process the sum over its connections.
 */
export interface Ledger {
  /** Handed to the room's viewers while the connection was subscribed. */
  readonly published: number;
  /** Chosen for its snapshot, or for what it missed when it resumed. */
  readonly replayed: number;
  /** Records whose last byte the operating system took: counted at each completed write, never derived. */
  readonly delivered: number;
  /** Withheld, and told so. */
  readonly shed: Readonly<Record<GapReason, number>>;
  /** Dropped in log order, because their sender was muted by a record before. */
  readonly muted: number;
  /** Part of the count of another danmaku: the room shows equal ones as one. */
  readonly merged: number;
  /** Came twice on the feed, or were in the snapshot already. */
  readonly duplicate: number;
  /** Waited for their write when the connection ended. */
  readonly lostAtClose: number;
  /** Wait for their write now. */
  readonly inFlight: number;
}

/** A ledger that others are added to: sums over a hundred thousand connections make no garbage. */
export interface LedgerSum extends Ledger {
  published: number;
  replayed: number;
  delivered: number;
  readonly shed: Record<GapReason, number>;
  muted: number;
  merged: number;
  duplicate: number;
  lostAtClose: number;
  inFlight: number;
}

export const noRecords = (): LedgerSum => ({
  published: 0,
  replayed: 0,
  delivered: 0,
  shed: { slow: 0, expired: 0, sampled: 0 },
  muted: 0,
  merged: 0,
  duplicate: 0,
  lostAtClose: 0,
  inFlight: 0,
});

export const EMPTY_LEDGER: Ledger = noRecords();

/** Adds `other` to `sum`. */
export function addLedger(sum: LedgerSum, other: Ledger): void {
  sum.published += other.published;
  sum.replayed += other.replayed;
  sum.delivered += other.delivered;
  sum.shed.slow += other.shed.slow;
  sum.shed.expired += other.shed.expired;
  sum.shed.sampled += other.shed.sampled;
  sum.muted += other.muted;
  sum.merged += other.merged;
  sum.duplicate += other.duplicate;
  sum.lostAtClose += other.lostAtClose;
  sum.inFlight += other.inFlight;
}

export function sumLedgers(one: Ledger, other: Ledger): Ledger {
  const sum = noRecords();
  addLedger(sum, one);
  addLedger(sum, other);
  return sum;
}

/** Records that are in no term: 0 unless the accounting is broken. */
export function imbalance(ledger: Ledger): number {
  const { published, replayed, delivered, shed, muted, merged, duplicate, lostAtClose, inFlight } = ledger;
  const withheld = shed.slow + shed.expired + shed.sampled + muted + merged;
  const accounted = delivered + withheld + duplicate + lostAtClose + inFlight;
  return published + replayed - accounted;
}
