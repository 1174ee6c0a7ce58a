import { scope, sleep, Ticker } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import { inLanes } from "./in-lanes.ts";
import { chosen } from "./chosen.ts";
import type { AudienceParts } from "./chosen.ts";
import { numberOf } from "./shares.ts";
import { runCrowd } from "./crowds.ts";
import type { Storm } from "./plan.ts";
import { startWanderers } from "./wanderers.ts";
import type { Viewer } from "./viewer.ts";

const SECOND_MS = 1_000;
/** Viewers connecting at once: a lost handshake must not hold up all others. */
export const CONNECT_LANES = 64;
/** Heartbeats are spread over their period by this beat: 19,000 at one moment would be a pause of their own. */
const HEARTBEAT_BEAT_MS = 100;
/** The purpose by which slow viewers are drawn. */
export const SLOW = "slow";
/** How often it is looked for viewers whose connection went. */
const LOST_LOOK_MS = 100;
/** A viewer whom nobody told a wait comes back within so many ms times 2^attempt, uniformly, as the SDK does (SE-4). */
const RETURN_BASE_MS = 1_000;
const RETURN_MAX_MS = 30_000;

/**
 * Starts what happens to viewers while danmaku are sent; it goes on until it is cancelled. Which viewers it happens to is
 * drawn by their numbers in the plan. Units: `startAt` in ms of the worker's own clock.
 */
export function startDisturbances(parts: AudienceParts, startAt: number, tasks: Scope): { cancel(): void } {
  const { storms, crowds = [] } = parts.plan;
  const beside: { cancel(): void }[] = [
    tasks.spawn((ctx) => heartbeats(parts, ctx), { name: "heartbeats" }),
    tasks.spawn((ctx) => slowReaders(parts, ctx), { name: "slow viewers" }),
    tasks.spawn((ctx) => bringBack(parts, ctx), { name: "returns" }),
    ...startWanderers(parts, tasks),
    ...crowds.map((crowd, index) =>
      tasks.spawn((ctx) => runCrowd(parts, { startAt, index, crowd }, ctx), { name: "crowd" }),
    ),
    ...storms.map((each) => tasks.spawn((ctx) => storm(parts, { startAt, ...each }, ctx), { name: "storm" })),
  ];
  return {
    cancel() {
      for (const task of beside) task.cancel();
    },
  };
}

/** Brings viewers back whose connection went, each after the wait that the server told or one of its own, until cancelled. */
export async function bringBack({ viewers, random }: AudienceParts, parent: Context): Promise<void> {
  const waits = random.fork("returns");
  const returning = new Set<Viewer>();
  const comeBack = async (viewer: Viewer, ctx: Context): Promise<void> => {
    for (let most = RETURN_BASE_MS; viewer.isLost; most = Math.min(RETURN_MAX_MS, most * 2)) {
      await sleep(viewer.takeToldWait() ?? waits.next() * most, ctx);
      await viewer.comeBack();
    }
    returning.delete(viewer);
  };
  await scope(
    async (tasks) => {
      using beat = new Ticker(LOST_LOOK_MS, tasks.context);
      for await (const _ of beat) {
        for (const viewer of viewers) {
          if (!viewer.isLost || returning.has(viewer)) continue;
          returning.add(viewer);
          tasks.spawn((ctx) => comeBack(viewer, ctx), { name: "return" });
        }
      }
    },
    { parent, name: "returns" },
  );
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
  const slow = chosen(parts, SLOW, share);
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
  { startAt, at, share, withinMs }: Storm & { readonly startAt: number },
  ctx: Context,
): Promise<void> {
  const struck = chosen(parts, `storm ${at}`, share);
  await sleep(Math.max(0, startAt + at * SECOND_MS - ctx.clock.now()), ctx);
  if (withinMs !== undefined) return returnWithin(parts, { struck: new Set(struck), at, withinMs }, ctx);
  await inLanes(CONNECT_LANES, struck, ctx, async (viewer) => {
    await viewer.comeBack();
  });
}

/** All are cut now; each makes its attempt at its own moment, whatever became of those before. */
async function returnWithin(
  { viewers, part, random }: AudienceParts,
  {
    struck,
    at,
    withinMs,
  }: { readonly struck: ReadonlySet<Viewer>; readonly at: number; readonly withinMs: number },
  parent: Context,
): Promise<void> {
  const moments = random.fork(`moments of storm ${at}`);
  await scope(
    (tasks) => {
      for (const [place, viewer] of viewers.entries()) {
        if (!struck.has(viewer)) continue;
        const ms = withinMs * moments.nth(numberOf(place, part));
        tasks.spawn((ctx) => viewer.comeBack({ ms, ctx }).then(() => {}), { name: "return" });
      }
    },
    { parent, name: "storm" },
  );
}
