/** Somebody who may be chosen. `credit` is what its turn owes it, in jobs; the chooser keeps it. */
export interface Candidate {
  readonly weight: number;
  readonly free: boolean;
  credit: number;
}

/**
 * Chooses among the free ones in proportion to their weights, the turns of each spread evenly (smooth weighted round
 * robin). Nobody with a weight above 0 is left out for ever, so that a worker that was ill is tried again.
 *
 * Shape      credits are shares of one job and not weights, so that a weight that changes by orders of magnitude, as a
 *            new worker's does with its first job, leaves no debt behind.
 * Cost       O(candidates), no allocation.
 */
export function chooseByWeight<C extends Candidate>(candidates: Iterable<C>): C | undefined {
  let total = 0;
  let free = 0;
  for (const each of candidates) {
    if (!each.free) continue;
    total += each.weight;
    free += 1;
  }
  let best: C | undefined;
  for (const each of candidates) {
    if (!each.free) continue;
    each.credit += total > 0 ? each.weight / total : 1 / free;
    if (best === undefined || each.credit > best.credit) best = each;
  }
  if (best !== undefined) best.credit -= 1;
  return best;
}
