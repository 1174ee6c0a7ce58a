/** Why a danmaku was never seen. */
export type DropReason =
  /** Nothing to paint, or a field of the wrong kind. */
  | "invalid"
  /** A danmaku of this id waits or is on the screen. */
  | "duplicate"
  /** The overlay is switched off. */
  | "disabled"
  /** Its mode is switched off. */
  | "mode"
  /** The waiting queue was full, and of all in it this one was the lowest in priority and the oldest. */
  | "full"
  /** No lane came free before its time was over. */
  | "late"
  /** The density limit, the viewer's or the frame budget's, held it until its time was over. */
  | "dense"
  /** Taken back by its id or by a predicate while it waited. */
  | "removed"
  /** The screen was cleared, or the overlay ended, while it waited. */
  | "cleared"
  /** Offered after the end. */
  | "closed";

/** What became of every danmaku offered; `offered = shown + sum of dropped + pending` holds after every call. */
export interface StageCounts {
  readonly offered: number;
  /** Those that entered the screen. */
  readonly shown: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Those that wait, in the queue or for the moment their lane is booked for. */
  readonly pending: number;
  /** Ids remembered: those on the screen and those pending, no others. */
  readonly held: number;
}

/** The account of one stage. */
export class Ledger {
  #offered = 0;
  #shown = 0;
  readonly #dropped: Record<DropReason, number> = {
    invalid: 0,
    duplicate: 0,
    disabled: 0,
    mode: 0,
    full: 0,
    late: 0,
    dense: 0,
    removed: 0,
    cleared: 0,
    closed: 0,
  };

  offer(): void {
    this.#offered += 1;
  }

  show(): void {
    this.#shown += 1;
  }

  drop(reason: DropReason): void {
    this.#dropped[reason] += 1;
  }

  /** `pending` is counted where the waiting ones lie, never derived, so that the invariant can fail a test. */
  snapshot(pending: number, held: number): StageCounts {
    return { offered: this.#offered, shown: this.#shown, dropped: { ...this.#dropped }, pending, held };
  }
}
