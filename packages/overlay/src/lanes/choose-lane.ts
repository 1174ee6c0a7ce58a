/** Where and when a danmaku enters: `lane` is the first of its lanes, `at` its moment in stage ms. */
export interface LaneChoice {
  readonly lane: number;
  readonly at: number;
}

/** What a search asks of the lanes. */
export interface LaneSearch {
  readonly count: number;
  /** Adjacent lanes wanted, 1 to `count`. */
  readonly span: number;
  readonly now: number;
  /** The last moment at which entering is still of use. */
  readonly latest: number;
  /** Search from the last lane instead of the first. */
  readonly fromEnd?: boolean;
}

/**
 * The first run of `span` lanes that is free now; else the one free soonest, if that is by `latest`; else null.
 *
 * Cost       O(count x span), no allocation beyond the answer; span is at most 3 for the sizes drawn at one scale.
 * Source     the rule of 1.3 in the overlay survey: lowest free lane, else smallest freeAt within a wait budget.
 */
export function chooseLane(search: LaneSearch, freeAt: (lane: number) => number): LaneChoice | null {
  const { count, span, now, latest } = search;
  const starts = count - span + 1;
  let best: LaneChoice | null = null;
  for (let step = 0; step < starts; step += 1) {
    const lane = search.fromEnd === true ? starts - 1 - step : step;
    let at = now;
    for (let next = lane; next < lane + span; next += 1) at = Math.max(at, freeAt(next));
    if (at <= now) return { lane, at };
    if (at <= latest && (best === null || at < best.at)) best = { lane, at };
  }
  return best;
}
