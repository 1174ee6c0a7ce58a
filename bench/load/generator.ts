/**
 * The generator of a benchmark, in a process of its own: takes one job from its parent, tells its phases, sends what came
 * of it, and ends. Started by `drive.ts`.
 */
import { background } from "@barrage/kernel";
import { runLoad } from "@barrage/load";
import type { LoadPlan, LoadReport } from "@barrage/load";
import { runClosed } from "./closed-loop.ts";
import type { ClosedLoop, ClosedResult } from "./closed-loop.ts";

export type Job =
  /** Runs the plans one after the other; the last one is the measurement. */
  | { readonly kind: "plans"; readonly plans: readonly LoadPlan[] }
  | { readonly kind: "closed"; readonly loop: ClosedLoop };

export type Told =
  /** What follows, until `measured`, is the measurement. */
  | { readonly kind: "measuring" }
  | { readonly kind: "measured" }
  | { readonly kind: "report"; readonly report: LoadReport }
  | { readonly kind: "closed"; readonly result: ClosedResult }
  | { readonly kind: "failed"; readonly reason: string };

const tell = (told: Told): void => void process.send?.(told);

async function runPlans(plans: readonly LoadPlan[]): Promise<void> {
  for (const [index, plan] of plans.entries()) {
    const isLast = index === plans.length - 1;
    const report = await runLoad(
      plan,
      {
        onPhase(phase) {
          if (isLast && phase === "sending") tell({ kind: "measuring" });
          if (isLast && phase === "draining") tell({ kind: "measured" });
        },
      },
      background,
    );
    if (isLast) tell({ kind: "report", report });
  }
}

async function runLoop(loop: ClosedLoop): Promise<void> {
  const result = await runClosed(loop, {
    started: () => tell({ kind: "measuring" }),
    ended: () => tell({ kind: "measured" }),
  });
  tell({ kind: "closed", result });
}

process.once("message", (job: Job) => {
  (job.kind === "plans" ? runPlans(job.plans) : runLoop(job.loop)).then(
    () => process.disconnect(),
    (error: unknown) => {
      tell({
        kind: "failed",
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      process.disconnect();
      process.exitCode = 1;
    },
  );
});
