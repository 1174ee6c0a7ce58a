import { isCancelled, SingleFlight, sleep } from "@barrage/kernel";
import type { Clock, Context, Scope } from "@barrage/kernel";
import { isPostgresError, postgresError } from "../errors.ts";
import type { PostgresErrorCode } from "../errors.ts";
import type { OnPostgresEvent } from "../events.ts";

/** What the monitor notices, too, and tells of. */
const TOLD_BY_MONITOR: ReadonlySet<string> = new Set<PostgresErrorCode>(["PG_UNREACHABLE", "PG_REFUSED"]);

export interface PreparationParts {
  /** Brings the database into the form that the program needs; takes as long as it takes. */
  readonly prepare: (ctx: Context) => Promise<void>;
  /** Owner of the attempts. */
  readonly scope: Scope;
  /** Between two attempts of `run`, ms. */
  readonly everyMs: number;
  /** An operation waits so long for an attempt, ms. */
  readonly patienceMs: number;
  readonly onEvent: OnPostgresEvent;
}

/**
 * What has to happen to the database before its first operation, whenever it can be reached first.
 *
 * Shape      attempts are shared: there is one at a time, whoever asks. Once one has succeeded there are no more.
 * Errors     of an attempt: what `prepare` fails with. `before`: also PG_PREPARING, while the first takes long.
 */
export class Preparation {
  private readonly parts: PreparationParts;
  private readonly clock: Clock;
  private readonly since: number;
  private readonly attempts: SingleFlight<"attempt", Error | undefined>;
  private failure: Error | undefined = undefined;
  private done = false;

  constructor(parts: PreparationParts) {
    this.parts = parts;
    this.clock = parts.scope.context.clock;
    this.since = this.clock.now();
    this.attempts = new SingleFlight({ name: "prepare PostgreSQL", scope: parts.scope });
  }

  get isDone(): boolean {
    return this.done;
  }

  /** Why there can be no operations yet; undefined once there can. */
  get health(): string | undefined {
    if (this.done) return undefined;
    const { message } = this.failure ?? preparing();
    const seconds = Math.round((this.clock.now() - this.since) / 1_000);
    return `${message} It has been so for ${seconds} s.`;
  }

  /** Attempts until one succeeds, or cancelled. */
  async run(ctx: Context): Promise<void> {
    while (!this.done) {
      try {
        await this.attempt(ctx);
      } catch (error) {
        if (isCancelled(error)) throw error;
        await sleep(this.parts.everyMs, ctx);
      }
    }
  }

  /** Waits for the attempt under way, else for a new one, and throws what it fails with. */
  async attempt(ctx: Context): Promise<void> {
    if (this.done) return;
    const failure = await this.attempts.do("attempt", (own) => this.once(own), ctx);
    ctx.throwIfCancelled();
    if (failure !== undefined) throw failure;
  }

  /** As `attempt`, for an operation: it does not wait for a large database to be changed. */
  async before(ctx: Context): Promise<void> {
    if (this.done) return;
    using patience = ctx.cancellable({ timeout: this.parts.patienceMs, name: "prepare PostgreSQL" });
    try {
      await this.attempt(patience);
    } catch (error) {
      ctx.throwIfCancelled();
      if (!isCancelled(error)) throw error;
      throw this.failure ?? preparing(error);
    }
  }

  /** The failure is a value: nobody but who asked for the attempt need know. */
  private async once(ctx: Context): Promise<Error | undefined> {
    if (this.done) return undefined;
    try {
      await this.parts.prepare(ctx);
      this.done = true;
      this.failure = undefined;
      return undefined;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (!isCancelled(failure)) this.failed(failure);
      return failure;
    }
  }

  private failed(failure: Error): void {
    const before = this.failure;
    this.failure = failure;
    if (isPostgresError(failure) && TOLD_BY_MONITOR.has(failure.code)) return;
    if (before?.message !== failure.message) this.parts.onEvent({ type: "prepare_failed", error: failure });
  }
}

const preparing = (cause?: unknown): Error => postgresError("PG_PREPARING", {}, cause);
