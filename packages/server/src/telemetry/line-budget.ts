import type { Clock } from "@barrage/kernel";

/** Lines of one kind in SPAN_MS: enough to see which rooms it is, few enough that a log stays readable and its disk free. */
export const LINES_PER_SPAN = 10;
export const SPAN_MS = 10_000;

/**
 * How many lines of one kind the log takes: LINES_PER_SPAN, then none until SPAN_MS after the first of them.
 *
 * Shape      whoever has a line to write asks; what is left out is told with the next line that is not.
 */
export class LineBudget {
  private readonly clock: Pick<Clock, "now">;
  private begunAt = Number.NEGATIVE_INFINITY;
  private lines = 0;
  private leftOut = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.clock = clock;
  }

  /** Lines that were left out since the last one that was written; undefined: leave this one out too. */
  take(): number | undefined {
    const now = this.clock.now();
    if (now - this.begunAt >= SPAN_MS) {
      this.begunAt = now;
      this.lines = 0;
    }
    if (this.lines === LINES_PER_SPAN) {
      this.leftOut += 1;
      return undefined;
    }
    this.lines += 1;
    const { leftOut } = this;
    this.leftOut = 0;
    return leftOut;
  }
}
