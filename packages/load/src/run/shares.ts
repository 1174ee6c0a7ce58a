import type { Arrivals } from "../schedule/arrivals.ts";

/** Which part of the plan a worker does: every `of`-th user and viewer, from number `index` on. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

/** How many of `total` things belong to a part. */
export const countOf = (total: number, { index, of }: Part): number =>
  Math.max(0, Math.ceil((total - index) / of));

/** The number, in the whole plan, of a part's own thing number `at`. */
export const numberOf = (at: number, { index, of }: Part): number => index + at * of;

/** A part's connections out of `lanes`: all parts together have as many, and none has none. */
export const lanesOf = (lanes: number, part: Part): number => Math.max(1, countOf(lanes, part));

/** Sends of one part, each with its number in the whole plan. */
export interface OwnArrivals extends Arrivals {
  numberOf(index: number): number;
}

/**
 * The sends of a part's users: a user's sends come from one worker, and each send is somebody's whatever the number of
 * workers. Cost: 4 bytes for each send of the plan.
 */
export function ownArrivals(whole: Arrivals, userOf: (send: number) => number, part: Part): OwnArrivals {
  const numbers = new Int32Array(whole.total);
  let total = 0;
  for (let send = 0; send < whole.total; send += 1) {
    if (userOf(send) % part.of !== part.index) continue;
    numbers[total] = send;
    total += 1;
  }
  const numberOfSend = (index: number): number => numbers[index] ?? 0;
  return {
    total,
    durationMs: whole.durationMs,
    dueAt: (index) => whole.dueAt(numberOfSend(index)),
    numberOf: numberOfSend,
  };
}
