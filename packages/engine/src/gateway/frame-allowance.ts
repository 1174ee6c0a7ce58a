/** Frames that a client may send in a second: fifty times what a busy one sends. */
export const FRAMES_PER_SECOND = 500;

const MS_PER_SECOND = 1_000;

/**
 * How many frames a connection may have sent since the last look at all connections, held against the time that
 * really passed: an event loop that was late reads the frames of all that time at once, before its look or after it.
 *
 * Shape      one for all connections; who counts frames begins again with each look.
 * Bounds     never less than a second's; what a late look leaves over holds until the next one that is in time.
 * Cost       asked only of a connection that sent more than a second's.
 */
export class FrameAllowance {
  private readonly everyMs: number;
  private lookedAt: number;
  /** Time by which looks were late, for frames that had not been read by then. */
  private lateMs = 0;

  /** Looks are due `everyMs` one after the other. */
  constructor(everyMs: number, now: number) {
    this.everyMs = everyMs;
    this.lookedAt = now;
  }

  look(now: number): void {
    const late = now - this.lookedAt - this.everyMs;
    // One that comes early, on the beat again after a late one, leaves what that one granted.
    this.lateMs = late >= 0 ? late : Math.max(0, this.lateMs + late);
    this.lookedAt = now;
  }

  /** Frames since the last look. */
  at(now: number): number {
    const spanMs = Math.max(this.everyMs, now - this.lookedAt) + this.lateMs;
    return (FRAMES_PER_SECOND * spanMs) / MS_PER_SECOND;
  }
}
