import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { chosen } from "./chosen.ts";
import type { AudienceParts } from "./chosen.ts";
import { inLanes } from "./in-lanes.ts";
import type { Crowd } from "./plan.ts";
import type { Viewer } from "./viewer.ts";

const SECOND_MS = 1_000;
/** Viewers of a crowd entering at once: it comes as fast as the server lets it in. */
const ENTER_LANES = 64;

const membersOf = (parts: AudienceParts, crowd: Crowd, index: number): readonly Viewer[] =>
  chosen(parts, `crowd ${index}`, crowd.share);

/** Everybody who belongs to a crowd. */
export const crowdMembers = (parts: AudienceParts): ReadonlySet<Viewer> =>
  new Set((parts.plan.crowds ?? []).flatMap((crowd, index) => membersOf(parts, crowd, index)));

/** Those who are not there yet when the run begins. */
export const lateViewers = (parts: AudienceParts): ReadonlySet<Viewer> =>
  new Set(
    (parts.plan.crowds ?? []).flatMap((crowd, index) =>
      (crowd.comesAt ?? 0) > 0 ? membersOf(parts, crowd, index) : [],
    ),
  );

/** Lets one crowd come and leave at its moments. Units: `startAt` in ms of the worker's own clock. */
export async function runCrowd(
  parts: AudienceParts,
  at: { readonly startAt: number; readonly index: number; readonly crowd: Crowd },
  ctx: Context,
): Promise<void> {
  const { startAt, index, crowd } = at;
  const members = membersOf(parts, crowd, index);
  const until = (second: number): Promise<void> =>
    sleep(Math.max(0, startAt + second * SECOND_MS - ctx.clock.now()), ctx);
  if ((crowd.comesAt ?? 0) > 0) {
    await until(crowd.comesAt ?? 0);
    await inLanes(ENTER_LANES, members, ctx, async (viewer) => {
      if (!viewer.isIn) await viewer.come();
    });
  }
  if (crowd.leavesAt === undefined) return;
  await until(crowd.leavesAt);
  for (const viewer of members) viewer.leave();
}
