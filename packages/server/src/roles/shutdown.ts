import { Shutdown as PhasedShutdown } from "@barrage/kernel";
import type { Context, ShutdownPhase, ShutdownStep, StepReport } from "@barrage/kernel";
import { reasonOf, serverError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";

/** One step of going down, in order; its `ctx` ends early when the deadline has passed, or somebody lost patience. */
export type Step = ShutdownStep;

export interface ShutdownParts {
  /** In good order; what fails or comes too late is skipped over. */
  readonly orderly: readonly Step[];
  /** Always run, each one, whatever became of the others; none of them waits for peers. */
  readonly release: readonly Step[];
  readonly deadlineMs: number;
  /** Gives the clock; outlives everything that is ended here. */
  readonly root: Context;
  readonly log: Logger;
}

/** Time that each release may take after the deadline, ms: closing a database writes its last pages. */
const RELEASE_MS = 5_000;

function phase(step: Step, always: boolean): ShutdownPhase {
  return { name: step.name, steps: [step], always };
}

function line({ step, error }: StepReport): string {
  return `${step}: ${reasonOf(error)}`;
}

/** The way down: once, in order, within the deadline. */
export class Shutdown {
  private readonly way: PhasedShutdown;
  private readonly log: Logger;
  private ending: Promise<void> | undefined;

  constructor({ orderly, release, deadlineMs, root, log }: ShutdownParts) {
    this.log = log;
    const phases = [
      ...orderly.map((step) => phase(step, false)),
      ...release.map((step) => phase(step, true)),
    ];
    const onStep = (_: string, step: string): void => log.debug({ step }, "shutdown");
    this.way = new PhasedShutdown({ phases, deadlineMs, releaseMs: RELEASE_MS, onStep }, root);
  }

  /** Idempotent. Errors: SERVER_DRAIN_FORCED when something was cut off; everything is released all the same. */
  run(): Promise<void> {
    return (this.ending ??= this.down());
  }

  /** Waits for nobody any more. */
  force(): void {
    this.way.force();
  }

  private async down(): Promise<void> {
    const { clean, unfinished } = await this.way.run();
    if (clean) return;
    const error = serverError("SERVER_DRAIN_FORCED", { reason: unfinished.map(line).join("; ") });
    this.log.error({ err: error }, "the server was cut off");
    throw error;
  }
}
