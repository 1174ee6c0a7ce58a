import { Channel, isCancelled, sleep, unlessCancelled } from "@barrage/kernel";
import type { Context, Scope, Task } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { AuditEvent, AuditLog } from "../ports/audit-log.ts";

export interface PatientAuditParts {
  readonly inner: AuditLog;
  /** Owns the writing of what waits. */
  readonly scope: Scope;
  /** The first event of an outage has to wait. */
  readonly onAway: (error: unknown) => void;
}

/** Longest that an action waits for its note, ms. */
const PATIENCE_MS = 500;
/** Notes that may wait: an hour of moderators at work. */
const WAITING_MAX = 4_096;
const RETRY_MS = 1_000;

/**
 * An audit log on a store that may be away: what cannot be noted at once is noted later, and the action is not refused
 * for it. The action itself is a record of the log, with who did it.
 *
 * Bounds     4,096 events wait; beyond that actions are refused until some are noted.
 * Errors     BARRAGE_UNAVAILABLE when too many wait. An event whose answer was lost may stand in the log twice; those that
 *            wait in a process that is killed are gone.
 */
export class PatientAudit implements AuditLog {
  private readonly parts: PatientAuditParts;
  private readonly waiting = new Channel<AuditEvent>(WAITING_MAX, { name: "audit" });
  private readonly writing: Task<void>;
  private isAway = false;

  constructor(parts: PatientAuditParts) {
    this.parts = parts;
    this.writing = parts.scope.spawn((ctx) => this.writeWaiting(ctx), { name: "audit" });
  }

  async record(event: AuditEvent, ctx: Context): Promise<void> {
    if (!this.isAway && (await this.wroteAtOnce(event, ctx))) return;
    if (!this.waiting.trySend(event)) throw protocolError("BARRAGE_UNAVAILABLE");
  }

  list(room: string, limit: number, ctx: Context): Promise<readonly AuditEvent[]> {
    return this.parts.inner.list(room, limit, ctx);
  }

  /** Takes no more; answers how many events could not be noted before `ctx` ended. */
  async close(ctx: Context): Promise<number> {
    this.waiting.close();
    try {
      await unlessCancelled(Promise.resolve(this.writing), ctx);
      return 0;
    } catch {
      // One is in the writer's hands.
      return this.waiting.length + 1;
    }
  }

  private async wroteAtOnce(event: AuditEvent, ctx: Context): Promise<boolean> {
    using limited = ctx.cancellable({ timeout: PATIENCE_MS, name: "audit" });
    try {
      await unlessCancelled(this.parts.inner.record(event, limited), limited);
      return true;
    } catch (error) {
      // Who asked may have gone; what was done is done, and noted later.
      if (ctx.cancelled) return false;
      this.parts.onAway(error);
      this.isAway = true;
      return false;
    }
  }

  private async writeWaiting(ctx: Context): Promise<void> {
    for await (const event of this.waiting.values(ctx)) {
      while (!(await this.wrote(event, ctx))) await sleep(RETRY_MS, ctx);
      if (this.waiting.length === 0) this.isAway = false;
    }
  }

  private async wrote(event: AuditEvent, ctx: Context): Promise<boolean> {
    try {
      await unlessCancelled(this.parts.inner.record(event, ctx), ctx);
      return true;
    } catch (error) {
      ctx.throwIfCancelled();
      if (isCancelled(error)) throw error;
      return false;
    }
  }
}
