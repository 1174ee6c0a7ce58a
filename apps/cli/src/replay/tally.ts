/** What became of one danmaku. */
export type Outcome =
  | { readonly status: "acked" }
  | { readonly status: "held" }
  /** `code` says why; for an answer that never came it is `UNREACHABLE`. */
  | { readonly status: "lost"; readonly code: string };

/** Counts of a replay. `sent = acked + held + lost` at its end. */
export class Tally {
  readonly total: number;
  sent = 0;
  acked = 0;
  held = 0;
  lost = 0;
  retries = 0;
  readonly lostByCode = new Map<string, number>();

  constructor(total: number) {
    this.total = total;
  }

  add(outcome: Outcome): void {
    this.sent += 1;
    if (outcome.status !== "lost") {
      this[outcome.status] += 1;
      return;
    }
    this.lost += 1;
    this.lostByCode.set(outcome.code, (this.lostByCode.get(outcome.code) ?? 0) + 1);
  }
}
