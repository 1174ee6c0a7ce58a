import type { ProcessMeter } from "./meter.ts";

/** Writes for one room before the next has its turn: 2 to 4 ms at the 6 to 17 us that a write costs. The clock is read after each. */
const WRITES_PER_SLICE = 256;
/** Writes before the event loop has its turn, so that sockets are read and acks sent meanwhile. */
const WRITES_PER_TURN = 1_024;
/**
 * Time after which they are enough though fewer, ms: where a write costs 17 us and two workers share a core, 1,024 take
 * 45 ms, and what is said in a room of ten waits for two or three turns. Source: docs/perf/delivery.md, "A small room
 * beside a large one".
 */
const TURN_MS = 6;
/**
 * The same while viewers come: the event loop lets in one connection in a turn, so that the turns' length is what decides
 * how many a second. About 1 ms.
 */
const WRITES_PER_TURN_OF_ARRIVALS = 128;
/** Turns after an arrival in which another is expected; at so many a second it is not one arrival, but a rush. */
const TURNS_OF_ARRIVALS = 32;
/** The most of them after a turn in which everything else took long: about 100 ms. */
const WRITES_PER_TURN_MAX = 16_384;

/**
 * How much fan-out may do before the event loop goes on.
 *
 * Shape      `begin` before each turn of fan-out, `end` when no work is left: what comes later has what that turn left over.
 * Units      ms on the clock for fan-out's own time, since whoever waits for the turn's end waits for other processes too;
 *            ms of CPU for everything else, since it did not have the time that the system gave to others.
 * Bounds     WRITES_PER_TURN or TURN_MS, whichever comes first; while viewers come, WRITES_PER_TURN_OF_ARRIVALS. Where
 *            everything else (thousands who join) took more of the processor than that, as much as it, up to
 *            WRITES_PER_TURN_MAX.
 */
export class TurnBudget {
  private readonly meter: ProcessMeter;
  private writes = 0;
  private ms = 0;
  private writesAtLeast = WRITES_PER_TURN;
  /** CPU time of everything else before this turn, ms. */
  private othersMs = 0;
  private beganAtCpuMs = 0;
  /** Short turns still to come. */
  private arrivalTurns = 0;

  constructor(meter: ProcessMeter) {
    this.meter = meter;
  }

  /** A connection came. */
  arrived(): void {
    this.arrivalTurns = TURNS_OF_ARRIVALS;
  }

  begin(othersMs: number): void {
    this.writes = this.ms = 0;
    this.writesAtLeast = this.arrivalTurns > 0 ? WRITES_PER_TURN_OF_ARRIVALS : WRITES_PER_TURN;
    this.arrivalTurns = Math.max(0, this.arrivalTurns - 1);
    this.othersMs = othersMs;
    this.beganAtCpuMs = this.meter.cpuMs();
  }

  end(): void {
    this.othersMs = 0;
  }

  took(writes: number, ms: number): void {
    this.writes += writes;
    this.ms += ms;
  }

  get isSpent(): boolean {
    if (this.writes >= WRITES_PER_TURN_MAX) return true;
    if (this.writes < this.writesAtLeast && this.ms < TURN_MS) return false;
    return this.othersMs === 0 || this.meter.cpuMs() - this.beganAtCpuMs >= this.othersMs;
  }

  /** Writes that one room has at a time. */
  get slice(): number {
    const left = this.writesAtLeast - this.writes;
    return left > 0 ? Math.min(WRITES_PER_SLICE, left) : WRITES_PER_SLICE;
  }
}
