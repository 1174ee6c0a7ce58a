import { asyncDispose, Scope, sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ChildProcessHandle, ProcessStarter } from "../supervisor/control-port.ts";
import { failuresWith, respawnWait } from "../supervisor/respawn.ts";
import type { RespawnPolicy } from "../supervisor/respawn.ts";
import type { Logger } from "../telemetry/logger.ts";
import { fromRoleOf } from "./messages.ts";
import type { ToRole } from "./messages.ts";

export interface KeeperParts {
  readonly starter: ProcessStarter;
  readonly respawn: RespawnPolicy;
  readonly log: Pick<Logger, "info" | "warn">;
}

interface End {
  readonly code: number | null;
  readonly signal: string | null;
}

/** After a process serves, until the next one is loaded, ms: what has waited for it, and clients who come back, have the processor first. */
const PREPARE_AFTER_MS = 3_000;
/** Exit code where a process has none of its own. */
const KILLED = 1;
const DONE = 0;

/**
 * Keeps one role running under one name: whenever its process ends unasked, the one that is loaded ahead takes its
 * place, and another is loaded. Cancelling `ctx` ends it in good order.
 *
 * Bounds     one process serves at a time; one that dies early again and again is started after growing waits (CR-52).
 * Errors     none: resolves to the exit code of the process that ended last, also where the first one did not come up.
 */
export async function keepRole(parts: KeeperParts, ctx: Context): Promise<number> {
  const tasks = new Scope(ctx.detached(), { name: "keep role", onError: "report" });
  try {
    return await keep(parts, tasks, ctx);
  } finally {
    await tasks[asyncDispose]();
    await parts.starter.close();
  }
}

async function keep({ starter, respawn, log }: KeeperParts, tasks: Scope, ctx: Context): Promise<number> {
  const { clock } = ctx;
  let failures = 0;
  // Processes that came as far as to serve.
  let serving = 0;
  for (let restarts = 0; ; restarts += 1) {
    const since = clock.now();
    const life = new Life(starter, restarts, ({ pid }) => {
      serving += 1;
      log.info({ pid, restarts, tookMs: Math.round(clock.now() - since) }, "the role's process serves");
      if (!tasks.closed) tasks.spawn((own) => prepareLater(starter, own), { name: "load a spare" });
    });
    log.info({ pid: life.pid, restarts }, "the role's process starts");
    life.begin();
    const { code, signal } = await life.ended(ctx);
    if (ctx.cancelled) return code ?? KILLED;
    // Waiting does not mend it, and whoever started us is there to hear of it.
    if (serving === 0 && code !== null) return code;
    const ageMs = Math.round(clock.now() - since);
    failures = failuresWith(respawn, failures, ageMs);
    const waitMs = respawnWait(respawn, failures);
    const how = signal ?? `code ${code ?? "unknown"}`;
    log.warn(
      { pid: life.pid, how, ageMs, failures, restarts: restarts + 1 },
      `the role's process has ended unasked (${how}); another takes its place ${waitMs === 0 ? "at once" : `in ${waitMs} ms`}`,
    );
    if (waitMs > 0 && !(await slept(waitMs, ctx))) return DONE;
  }
}

async function prepareLater(starter: ProcessStarter, ctx: Context): Promise<void> {
  await sleep(PREPARE_AFTER_MS, ctx);
  starter.prepare();
}

/** False where it was cancelled: nothing runs that would have to end. */
async function slept(ms: number, ctx: Context): Promise<boolean> {
  await sleep(ms, ctx).catch(() => undefined);
  return !ctx.cancelled;
}

/** One process, from its begin to its end. */
class Life {
  readonly pid: number;
  private readonly handle: ChildProcessHandle;
  private readonly end = Promise.withResolvers<End>();
  private isEnding = false;

  constructor(starter: ProcessStarter, restarts: number, onServing: (life: Life) => void) {
    this.handle = starter.start("worker", {
      message: (message) => {
        const said = fromRoleOf(message);
        if (said?.type === "hello" && !this.isEnding) this.tell({ type: "start", restarts });
        if (said?.type === "serves") onServing(this);
      },
      exited: (code, signal) => this.end.resolve({ code, signal }),
    });
    this.pid = this.handle.pid;
  }

  /** Hears what it has said already. */
  begin(): void {
    this.handle.begin();
  }

  /** Told to end when `ctx` is cancelled. */
  async ended(ctx: Context): Promise<End> {
    using _ = ctx.onCancel(() => {
      this.isEnding = true;
      this.tell({ type: "drain" });
    });
    return await this.end.promise;
  }

  private tell(order: ToRole): void {
    this.handle.send(order);
  }
}
