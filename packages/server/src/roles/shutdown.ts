import type { CancellableContext, Context } from "@barrage/kernel";
import { reasonOf, serverError } from "../errors.ts";
import type { Logger } from "../telemetry/logger.ts";

/** One step of going down, in order. */
export interface Step {
  readonly name: string;
  /** Ends early when `ctx` is cancelled: the deadline has passed, or somebody lost patience. */
  readonly run: (ctx: Context) => Promise<void> | void;
}

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

/** The way down: once, in order, within the deadline. */
export class Shutdown {
  private readonly parts: ShutdownParts;
  private readonly limit: CancellableContext;
  private ending: Promise<void> | undefined;

  constructor(parts: ShutdownParts) {
    this.parts = parts;
    this.limit = parts.root.cancellable({ name: "shutdown" });
  }

  /** Idempotent. Errors: SERVER_DRAIN_FORCED when something was cut off; everything is released all the same. */
  run(): Promise<void> {
    return (this.ending ??= this.inOrder());
  }

  /** Waits for nobody any more. */
  force(): void {
    this.limit.cancel(new Error("it was asked to end at once"));
  }

  private async inOrder(): Promise<void> {
    const { orderly, release, deadlineMs, root, log } = this.parts;
    using ctx = this.limit.cancellable({ name: "shutdown", timeout: deadlineMs });
    const failures: string[] = [];
    for (const step of orderly) await this.step(step, ctx, failures);
    for (const step of release) {
      using own = root.cancellable({ name: step.name, timeout: RELEASE_MS });
      await this.step(step, own, failures);
    }
    if (failures.length === 0) return;
    const error = serverError("SERVER_DRAIN_FORCED", { reason: failures.join("; ") });
    log.error({ err: error }, "the server was cut off");
    throw error;
  }

  private async step({ name, run }: Step, ctx: Context, failures: string[]): Promise<void> {
    try {
      this.parts.log.debug({ step: name }, "shutdown");
      await within(run, ctx);
    } catch (error) {
      failures.push(`${name}: ${reasonOf(error)}`);
    }
  }
}

/** A step that does not look at its context must not hold up the others for ever. */
async function within(run: Step["run"], ctx: Context): Promise<void> {
  ctx.throwIfCancelled();
  const { promise: cut, reject } = Promise.withResolvers<never>();
  using _ = ctx.onCancel(() => {
    try {
      ctx.throwIfCancelled();
    } catch (error) {
      reject(error);
    }
  });
  await Promise.race([run(ctx), cut]);
}
