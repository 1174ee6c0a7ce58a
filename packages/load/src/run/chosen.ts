import type { Random } from "../random/random.ts";
import type { LoadPlan } from "./plan.ts";
import { numberOf } from "./shares.ts";
import type { Part } from "./shares.ts";
import type { Viewer } from "./viewer.ts";

/** The viewers of one part, and what decides about them. */
export interface AudienceParts {
  readonly plan: LoadPlan;
  readonly part: Part;
  readonly random: Random;
  /** The one at place p is number `numberOf(p)` of the plan. */
  readonly viewers: readonly Viewer[];
}

/** The viewers on whom a share falls: the same ones whatever the number of workers. */
export function chosen(
  { random, part, viewers }: AudienceParts,
  purpose: string,
  share: number,
): readonly Viewer[] {
  if (share === 0) return [];
  const draws = random.fork(purpose);
  return viewers.filter((_, at) => draws.nth(numberOf(at, part)) < share);
}
