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
  /** Came twice on the feed, or were in the snapshot already. */
  readonly duplicate: number;
  /** Waited for their write when the connection ended. */
  readonly lostAtClose: number;
  /** Wait for their write now. */
  readonly inFlight: number;
}

export const EMPTY_LEDGER: Ledger = {
  published: 0,
  replayed: 0,
  delivered: 0,
  shed: { slow: 0, expired: 0 },
  muted: 0,
  duplicate: 0,
  lostAtClose: 0,
  inFlight: 0,
};

export function sumLedgers(one: Ledger, other: Ledger): Ledger {
  return {
    published: one.published + other.published,
    replayed: one.replayed + other.replayed,
    delivered: one.delivered + other.delivered,
    shed: { slow: one.shed.slow + other.shed.slow, expired: one.shed.expired + other.shed.expired },
    muted: one.muted + other.muted,
    duplicate: one.duplicate + other.duplicate,
    lostAtClose: one.lostAtClose + other.lostAtClose,
    inFlight: one.inFlight + other.inFlight,
  };
}

/** Records that are in no term: 0 unless the accounting is broken. */
export function imbalance(ledger: Ledger): number {
  const { published, replayed, delivered, shed, muted, duplicate, lostAtClose, inFlight } = ledger;
  const accounted = delivered + shed.slow + shed.expired + muted + duplicate + lostAtClose + inFlight;
  return published + replayed - accounted;
}
