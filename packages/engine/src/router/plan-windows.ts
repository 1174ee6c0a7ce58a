/** A room that had records in the time that was looked at. */
export interface RoomLoad {
  readonly room: string;
  readonly viewers: number;
  /** Records published in that time. */
  readonly records: number;
}

export interface WindowBudget {
  /** What a write of a batch to one viewer costs, ms. */
  readonly costMs: number;
  /** Share of the process's time that fan-out may take, 0 to 1. */
  readonly share: number;
  /** How long the loads were counted, ms. */
  readonly spanMs: number;
  /** How late the event loop is with what is due, ms. */
  readonly lateMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

interface Demand extends RoomLoad {
  /** Share of the process's time that its fan-out takes at the smallest window. */
  readonly demand: number;
}

/** Share of the process that fan-out may take however late the loop is: so little makes nobody late. */
const LATE_SHARE_AT_LEAST = 0.01;
/** More than rounding errors: what takes its share exactly is not over it. */
const A_LITTLE_MORE = 1 + 1e-9;

/** Share of the process's time that a room's fan-out takes with a window. */
function shareAt({ viewers, records }: RoomLoad, windowMs: number, { costMs, spanMs }: WindowBudget): number {
  const perSecond = Math.min(1_000 / windowMs, (records * 1_000) / spanMs);
  return (viewers * perSecond * costMs) / 1_000;
}

/**
 * The flush window of each room: the smallest with which fan-out stays in its budget.
 *
 * What rooms would take at the smallest window is their demand. The budget is shared out max-min fair: a room that
 * demands less than an equal share gets what it demands, the rest is divided equally among the others, whose windows
 * grow until they take no more than that. So a large room does not make a small one wait.
 *
 * Where the event loop is late, whoever has the processor, a window shorter than that gives a viewer several writes in
 * one turn, which bring it nothing sooner: fan-out gets no more than it would take if every window were as long as the
 * loop is late, shared out in the same way, and no window is longer for it than that.
 *
 * Shape      pure; rooms at the smallest window are left out.
 * Cost       O(rooms log rooms).
 */
export function planWindows(rooms: readonly RoomLoad[], budget: WindowBudget): ReadonlyMap<string, number> {
  const { share, minMs, maxMs } = budget;
  const demands = rooms
    .map((load) => ({ ...load, demand: shareAt(load, minMs, budget) }))
    .sort((a, b) => a.demand - b.demand);
  const windows = shareOut(demands, share, budget);
  const lateMs = Math.min(maxMs, budget.lateMs);
  if (lateMs <= minMs) return windows;
  const whenLate = rooms.reduce((sum, load) => sum + shareAt(load, lateMs, budget), 0);
  const lateShare = Math.max(LATE_SHARE_AT_LEAST, whenLate) * A_LITTLE_MORE;
  for (const [room, ms] of shareOut(demands, lateShare, { ...budget, maxMs: lateMs }))
    windows.set(room, Math.max(windows.get(room) ?? minMs, ms));
  return windows;
}

/** `demands` from the smallest to the largest. */
function shareOut(
  demands: readonly Demand[],
  share: number,
  { costMs, maxMs }: WindowBudget,
): Map<string, number> {
  const windows = new Map<string, number>();
  let left = share;
  for (const [i, { room, viewers, demand }] of demands.entries()) {
    const fair = left / (demands.length - i);
    if (demand > fair)
      windows.set(room, Math.min(maxMs, (viewers * costMs) / Math.max(fair, Number.EPSILON)));
    left -= Math.min(demand, fair);
  }
  return windows;
}
