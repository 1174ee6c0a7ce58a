import { isCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { reportOf } from "../report/load-report.ts";
import type { LoadReport } from "../report/load-report.ts";
import { Timeline } from "../report/timeline.ts";
import type { TimelineSecond } from "../report/timeline.ts";
import { addVerdicts, NO_VERDICT } from "./audience-verdict.ts";
import type { AudienceVerdict } from "./audience-verdict.ts";
import type { RoomAcks } from "./load-worker.ts";
import { localWorker } from "./local-worker.ts";
import { machineOffsetMs } from "./machine-clock.ts";
import { checkPlan } from "./plan.ts";
import type { LoadPlan } from "./plan.ts";
import type { StartWorker, WorkerPort } from "./worker-port.ts";

/** Where a run stands. */
export type Phase = "connecting" | "sending" | "draining" | "done";

export interface RunOptions {
  /** How each worker is started; absent: one, in this process. */
  readonly start?: StartWorker;
  readonly workers?: number;
  readonly onSecond?: (second: TimelineSecond) => void;
  /** Open connections, each second while they are made. */
  readonly onConnecting?: (connections: number) => void;
  readonly onPhase?: (phase: Phase) => void;
}

/** Time for the start to reach every worker, ms. */
const START_IN_MS = 200;

/**
 * Runs a plan and says what came of it.
 *
 * Shape      cancelling `ctx` ends the sends; what was measured until then is reported with `isComplete: false`.
 * Errors     LOAD_BAD_PLAN, LOAD_UNREACHABLE, LOAD_LOGIN_REFUSED: the run did not begin.
 */
export async function runLoad(plan: LoadPlan, options: RunOptions, ctx: Context): Promise<LoadReport> {
  checkPlan(plan);
  const { start = localWorker, workers: of = 1, onSecond, onConnecting, onPhase } = options;
  const timeline = new Timeline(of, { onSecond, onConnecting });
  const results: { audience: AudienceVerdict; startedAt: string; isComplete: boolean } = {
    audience: NO_VERDICT,
    startedAt: new Date(ctx.clock.wall()).toISOString(),
    isComplete: false,
  };
  {
    await using workers = new AsyncDisposableStack();
    const ports = Array.from({ length: of }, (_, index) =>
      workers.use(start(plan, { index, of }, (delta) => timeline.add(delta), ctx)),
    );
    onPhase?.("connecting");
    await Promise.all(ports.map((port) => port.connect()));
    results.startedAt = new Date(ctx.clock.wall() + START_IN_MS).toISOString();
    try {
      results.audience = await sendAndDrain(ports, ctx, onPhase);
      results.isComplete = true;
    } catch (error) {
      if (!isCancelled(error)) throw error;
    }
  }
  onPhase?.("done");
  return reportOf(timeline, { plan, workers: of, ...results });
}

async function sendAndDrain(
  ports: readonly WorkerPort[],
  ctx: Context,
  onPhase: RunOptions["onPhase"],
): Promise<AudienceVerdict> {
  onPhase?.("sending");
  const startAt = ctx.clock.now() + machineOffsetMs(ctx.clock) + START_IN_MS;
  const acks = mergeAcks(await Promise.all(ports.map((port) => port.send(startAt))));
  onPhase?.("draining");
  const verdicts = await Promise.all(ports.map((port) => port.drain(acks)));
  return verdicts.reduce(addVerdicts, NO_VERDICT);
}

function mergeAcks(parts: readonly RoomAcks[]): RoomAcks {
  const rooms = new Set(parts.flatMap((part) => Object.keys(part)));
  return Object.fromEntries([...rooms].map((room) => [room, parts.flatMap((part) => part[room] ?? [])]));
}
