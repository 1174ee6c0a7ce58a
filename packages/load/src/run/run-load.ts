import { Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { reportOf } from "../report/load-report.ts";
import type { LoadReport } from "../report/load-report.ts";
import { Timeline } from "../report/timeline.ts";
import type { TimelineSecond } from "../report/timeline.ts";
import { ServerWatch } from "../scrape/server-watch.ts";
import type { ServerSource } from "../scrape/server-watch.ts";
import { NO_VERDICT } from "./audience-verdict.ts";
import { Crew } from "./crew.ts";
import { localWorker } from "./local-worker.ts";
import { checkPlan } from "./plan.ts";
import type { LoadPlan } from "./plan.ts";
import { machineOffsetMs } from "./run-clock.ts";
import { StopWatch } from "./stop-condition.ts";
import { whileLive } from "./while-live.ts";
import type { StartWorker } from "./worker-port.ts";

/** Where a run stands. */
export type Phase = "connecting" | "sending" | "draining" | "done";

export interface RunOptions {
  /** How each worker is started; absent: one, in this process. */
  readonly workers?: readonly StartWorker[];
  readonly onSecond?: (second: TimelineSecond) => void;
  /** Open connections, each second while they are made. */
  readonly onConnecting?: (connections: number) => void;
  readonly onPhase?: (phase: Phase) => void;
  /** Where the server's own figures are read; absent: nowhere. */
  readonly server?: ServerSource;
}

/** Time for the start to reach every worker, ms. */
const START_IN_MS = 200;
/** When a run is stopped: what is on its way may still arrive, but somebody is waiting for the end. */
const STOPPED_WITHIN_MS = 1_000;

/**
 * Runs a plan and says what came of it.
 *
 * Shape      cancelling `ctx`, or a stop condition of the plan, ends the sends; what was measured until then is reported
 *            with `isComplete: false`, and so is a run of which a worker was lost.
 * Errors     LOAD_BAD_PLAN, LOAD_UNREACHABLE, LOAD_LOGIN_REFUSED, LOAD_WORKER_LOST: the run did not begin.
 */
export async function runLoad(plan: LoadPlan, options: RunOptions, ctx: Context): Promise<LoadReport> {
  checkPlan(plan);
  const { workers = [localWorker], onSecond, onConnecting, onPhase } = options;
  const conditions = new StopWatch(plan.stopWhen ?? []);
  const timeline = new Timeline(workers.length, {
    onSecond(second) {
      onSecond?.(second);
      if (conditions.look(second)) crew.stop();
    },
    onConnecting,
  });
  const server = new ServerWatch(options.server ?? {});
  // Workers outlive a cancelled run, so that they can still say what they have.
  const crew = new Crew({ plan, starts: workers, onDelta: (delta) => timeline.add(delta) }, ctx.detached());
  let audience = NO_VERDICT;
  let startedAt = "";
  {
    await using _ = crew;
    await using beside = new Scope(ctx.detached(), { name: "beside the run", onError: "report" });
    onPhase?.("connecting");
    await whileLive(crew.connect(), ctx);
    startedAt = new Date(ctx.clock.wall() + START_IN_MS).toISOString();
    onPhase?.("sending");
    using _stop = ctx.onCancel(() => crew.stop(STOPPED_WITHIN_MS));
    const startAt = ctx.clock.now() + START_IN_MS;
    beside.spawn((own) => server.run(startAt, own), { name: "server's figures" });
    await crew.send(startAt + machineOffsetMs(ctx.clock));
    onPhase?.("draining");
    audience = await crew.drain(plan.drainMs);
  }
  onPhase?.("done");
  const { lost, clocks } = crew;
  const { stopped } = conditions;
  const isComplete = !ctx.cancelled && lost.length === 0 && stopped === undefined;
  const results = {
    startedAt,
    audience,
    isComplete,
    lostWorkers: lost,
    clocks,
    server: server.seconds,
    serverSource: server.said,
    ...(stopped === undefined ? {} : { stopped }),
  };
  return reportOf(timeline, { plan, workers: workers.length, ...results });
}
