import { sleep, Ticker } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import type { Random } from "../random/random.ts";
import { inLanes } from "./in-lanes.ts";
import type { LoadPlan, Storm } from "./plan.ts";
import { numberOf } from "./shares.ts";
import type { Part } from "./shares.ts";
import type { Viewer } from "./viewer.ts";

const SECOND_MS = 1_000;
/** Viewers connecting at once: a lost handshake must not hold up all others. */
export const CONNECT_LANES = 64;
/** Heartbeats are spread over their period by this beat: 19,000 at one moment would be a pause of their own. */
const HEARTBEAT_BEAT_MS = 100;

export interface AudienceParts {
  readonly plan: LoadPlan;
  readonly part: Part;
  readonly random: Random;
  /** The one at place p is number `numberOf(p)` of the plan. */
  readonly viewers: readonly Viewer[];
}

/**
 * Starts what happens to viewers while danmaku are sent; all but storms goes on until its task is cancelled. Which
 * viewers it happens to is drawn by their numbers in the plan. Units: `startAt` in ms of the worker's own clock.
 */
export function startDisturbances(parts: AudienceParts, startAt: number, tasks: Scope): { cancel(): void } {
  const beside = [
    tasks.spawn((ctx) => heartbeats(parts, ctx), { name: "heartbeats" }),
    tasks.spawn((ctx) => slowReaders(parts, ctx), { name: "slow viewers" }),
  ];
  for (const each of parts.plan.storms)
    tasks.spawn((ctx) => storm(parts, { startAt, ...each }, ctx), { name: "storm" });
  return {
    cancel() {
      for (const task of beside) task.cancel();
    },
  };
}

async function heartbeats({ plan, viewers }: AudienceParts, ctx: Context): Promise<void> {
  const beats = Math.max(1, Math.round(plan.heartbeatMs / HEARTBEAT_BEAT_MS));
  using beat = new Ticker(plan.heartbeatMs / beats, ctx);
  let turn = 0;
  for await (const passed of beat) {
    for (let count = Math.min(passed, beats); count > 0; count -= 1) {
      for (let at = turn; at < viewers.length; at += beats) viewers[at]?.heartbeat();
      turn = (turn + 1) % beats;
    }
  }
}

async function slowReaders(parts: AudienceParts, ctx: Context): Promise<void> {
  const { share, pauseMs, readMs } = parts.plan.slow;
  const slow = chosen(parts, "slow", share);
  if (slow.length === 0) return;
  try {
    for (;;) {
      for (const viewer of slow) viewer.pause();
      await sleep(pauseMs, ctx);
      for (const viewer of slow) viewer.resume();
      await sleep(readMs, ctx);
    }
  } finally {
    for (const viewer of slow) viewer.resume();
  }
}

async function storm(
  parts: AudienceParts,
  { startAt, at, share }: Storm & { readonly startAt: number },
  ctx: Context,
): Promise<void> {
  await sleep(Math.max(0, startAt + at * SECOND_MS - ctx.clock.now()), ctx);
  await inLanes(CONNECT_LANES, chosen(parts, `storm ${at}`, share), ctx, (viewer) => viewer.comeBack());
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
