/** Two failures further apart than this are of two outages, ms: longer than a client waits between two tries. */
const APART_MS = 60_000;

/** A room's window or feed that cannot be had, as seen by the viewers who ask for it. */
export class Outage {
  private begunAt: number | undefined;
  private seenAt = Number.NEGATIVE_INFINITY;

  /** Was the last answer a failure? */
  get isOn(): boolean {
    return this.begunAt !== undefined;
  }

  /** A failure; `now` is monotonic, ms. */
  seen(now: number): void {
    if (this.begunAt === undefined || now - this.seenAt > APART_MS) this.begunAt = now;
    this.seenAt = now;
  }

  over(): void {
    this.begunAt = undefined;
  }

  /** How long it has lasted, ms; 0 where there is none. */
  lastedMs(now: number): number {
    return this.begunAt === undefined ? 0 : now - this.begunAt;
  }
}
