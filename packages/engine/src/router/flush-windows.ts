import type { FanOutWork, Lateness, ProcessMeter } from "../gateway/meter.ts";
import type { EngineSettings } from "../settings.ts";
import { planWindows } from "./plan-windows.ts";
import type { RoomLoad } from "./plan-windows.ts";

/** Weight of the newest measurement: half of it is forgotten after two looks. */
const NEWEST = 0.3;
/** The same of the lateness, which depends on whom else the system lets run: half of it is forgotten after a second. */
const NEWEST_LATENESS = 0.15;
/** Writes from which a look tells what one costs. */
const WRITES_TO_MEASURE = 100;
/** Fan-out's share of the process however busy the rest is: viewers get something while ingest is flooded. */
const SHARE_AT_LEAST = 0.1;
/** Share of the time from which the event loop has no more to give, whoever takes the CPU from it. */
const SATURATED = 0.9;
/** A window falls to no less than this part of itself in one look, so that it does not swing. */
const FALL = 0.5;

const blend = (old: number, newest: number, weight = NEWEST): number => old + weight * (newest - old);

/**
 * The flush window of each room, revised from what was measured: what a write costs, how much of the process's time
 * everything else takes, and how late the event loop is.
 */
export class FlushWindows {
  private readonly settings: EngineSettings["flush"];
  private readonly meter: ProcessMeter;
  private windows: ReadonlyMap<string, number> = new Map();
  private seen: {
    readonly at: number;
    readonly busyMs: number;
    readonly cpuMs: number;
    readonly lateness: Lateness;
    readonly work: FanOutWork;
  };
  private costMs = 0;
  private otherShare = 0;
  private lateMs = 0;

  constructor(settings: EngineSettings["flush"], meter: ProcessMeter) {
    this.settings = settings;
    this.meter = meter;
    this.seen = this.read({ writes: 0, ms: 0 });
  }

  /** Whole ms. */
  of(room: string): number {
    return Math.ceil(this.windows.get(room) ?? this.settings.minMs);
  }

  get longest(): number {
    let longest = this.settings.minMs;
    for (const ms of this.windows.values()) longest = Math.max(longest, ms);
    return Math.ceil(longest);
  }

  /** `loads` are of the time since the last call, `work` is of the time since the start. */
  revise(loads: readonly RoomLoad[], work: FanOutWork): void {
    const { seen, settings } = this;
    const now = this.read(work);
    const spanMs = now.at - seen.at;
    if (spanMs <= 0) return;
    this.seen = now;
    const writes = work.writes - seen.work.writes;
    const busyMs = now.busyMs - seen.busyMs;
    // The loop's CPU time, which other processes do not lengthen; all its time where they leave it none.
    const usedMs = busyMs > SATURATED * spanMs ? busyMs : Math.min(busyMs, now.cpuMs - seen.cpuMs);
    const fanOutMs = (work.ms - seen.work.ms) * (busyMs > 0 ? usedMs / busyMs : 1);
    if (writes >= WRITES_TO_MEASURE) {
      const cost = fanOutMs / writes;
      this.costMs = this.costMs === 0 ? cost : blend(this.costMs, cost);
    }
    const other = Math.max(0, (usedMs - fanOutMs) / spanMs);
    this.otherShare = blend(this.otherShare, Math.min(1, other));
    const share = Math.max(SHARE_AT_LEAST, settings.cpuShare - this.otherShare);
    const { minMs, maxMs } = settings;
    const newest = Math.min(maxMs, lateBetween(seen.lateness, now.lateness));
    this.lateMs = blend(this.lateMs, newest, NEWEST_LATENESS);
    const { costMs, lateMs } = this;
    this.windows = this.eased(planWindows(loads, { costMs, share, spanMs, lateMs, minMs, maxMs }), minMs);
  }

  private read(work: FanOutWork) {
    const { meter } = this;
    const [at, busyMs, cpuMs] = [meter.now(), meter.busyMs(), meter.cpuMs()];
    return { at, busyMs, cpuMs, lateness: meter.lateness(), work };
  }

  /** Windows grow at once and shrink step by step; a room that fell silent forgets its own the same way. */
  private eased(planned: ReadonlyMap<string, number>, minMs: number): ReadonlyMap<string, number> {
    const next = new Map(planned);
    for (const [room, before] of this.windows) {
      const lowest = before * FALL;
      if (lowest > (planned.get(room) ?? minMs)) next.set(room, lowest);
    }
    return next;
  }
}

/** Of a timer between two readings, ms. */
function lateBetween(before: Lateness, now: Lateness): number {
  const timers = now.timers - before.timers;
  return timers > 0 ? Math.max(0, (now.ms - before.ms) / timers) : 0;
}
