import type { AuditEvent, AuditLog } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { LogThread } from "../log/log-thread.ts";
import { ask } from "../thread/ask.ts";

/** Who did what to whom, in the log's own file. */
export class SqliteAuditLog implements AuditLog {
  private readonly thread: LogThread;

  constructor(thread: LogThread) {
    this.thread = thread;
  }

  async record(event: AuditEvent, ctx: Context): Promise<void> {
    ctx.throwIfCancelled();
    await ask(this.thread.call("recordAudit", event.at, event.room, JSON.stringify(event)), ctx);
  }

  async list(room: string, limit: number, ctx: Context): Promise<readonly AuditEvent[]> {
    const bodies = await ask(this.thread.call("listAudit", room, limit), ctx);
    // oxlint-disable-next-line barrage/as-on-foreign-data -- our own file: its format's version was checked when it was opened
    return bodies.map((body) => JSON.parse(body) as AuditEvent);
  }
}
