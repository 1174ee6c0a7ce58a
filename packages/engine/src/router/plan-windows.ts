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
  readonly minMs: number;
  readonly maxMs: number;
}

/** Share of the process's time that a room's fan-out takes if it is flushed `perSecond`. */
const shareAt = (viewers: number, perSecond: number, costMs: number): number =>
  (viewers * perSecond * costMs) / 1_000;

/**
 * The flush window of each room: the smallest with which fan-out stays in its budget.
 *
 * What rooms would take at the smallest window is their demand. The budget is shared out max-min fair: a room that
 * demands less than an equal share gets what it demands, the rest is divided equally among the others, whose windows
 * grow until they take no more than that. So a large room does not make a small one wait.
 *
 * Shape      pure; rooms at the smallest window are left out.
 * Cost       O(rooms log rooms).
 */
export function planWindows(rooms: readonly RoomLoad[], budget: WindowBudget): ReadonlyMap<string, number> {
  const { costMs, share, spanMs, minMs, maxMs } = budget;
  const demands = rooms
    .map(({ room, viewers, records }) => {
      const flushes = Math.min(1_000 / minMs, (records * 1_000) / spanMs);
      return { room, viewers, demand: shareAt(viewers, flushes, costMs) };
    })
    .sort((a, b) => a.demand - b.demand);
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
