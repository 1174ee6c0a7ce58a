import { liveRecords } from "../task/task-record.ts";
import { idleClock } from "./idle-clock.ts";
import { waitingOf } from "./profile.ts";
import { traceOf } from "./watch.ts";

/** A live task with all that is known of it. */
export interface TaskDump {
  readonly id: number;
  readonly name: string;
  readonly scope: string;
  readonly parent: number | undefined;
  readonly state: "running" | "waiting";
  readonly waiting: string;
  readonly ageMs: number;
  /** Ms since its context was cancelled; undefined while that is live. */
  readonly cancelledMs: number | undefined;
  /** Proved: nothing can ever wake it. */
  readonly unreachable: boolean;
  /** Its creation stack, or that of another task of its kind when none of its own was taken. */
  readonly stack: readonly string[];
  /** A watcher, whose timers keep no process alive. */
  readonly idle: boolean;
}

/** Every live task, the oldest first, at most `limit` of them. */
export function* dumpTasks(limit = Infinity): Generator<TaskDump, void> {
  let left = limit;
  for (const record of liveRecords()) {
    if (left-- <= 0) return;
    const { id, name, scope, parent, clock, startedAt } = record;
    const trace = traceOf(record);
    const cancelledAt = trace?.cancelledAt;
    yield {
      id,
      name,
      scope,
      parent,
      state: record.state === "waiting" ? "waiting" : "running",
      waiting: record.state === "waiting" ? `${record.verb} ${record.object}`.trimEnd() : waitingOf(record),
      ageMs: clock.now() - startedAt,
      cancelledMs: cancelledAt === undefined ? undefined : clock.now() - cancelledAt,
      unreachable: trace?.unreachable ?? false,
      stack: trace?.stack?.frames ?? trace?.site.stack?.frames ?? [],
      idle: clock === idleClock,
    };
  }
}
