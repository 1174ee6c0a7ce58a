import type { ContextNode } from "../context/context-node.ts";
import { currentRecord, probe, syncObserver } from "./probe.ts";
import type { TaskRecord } from "./task-record.ts";

/**
 * Who holds a lock. It refers to task records only, never to the lock: a waiting task's record refers to this, and
 * must keep nothing alive.
 */
export class LockNote {
  readonly name: string;
  readonly holders = new Map<TaskRecord, number>();
  /** Permits held by code that is no known task (a count): any of them may be given back at any time. */
  unknown = 0;

  constructor(name: string) {
    this.name = name;
  }

  acquired(by: TaskRecord | undefined): void {
    if (by === undefined) this.unknown += 1;
    else this.holders.set(by, (this.holders.get(by) ?? 0) + 1);
    syncObserver?.acquire(this, by);
  }

  /** `holder` is who acquired; `by` is who gives back. */
  released(holder: TaskRecord | undefined, by: TaskRecord | undefined): void {
    syncObserver?.release(this, by ?? holder);
    if (holder === undefined) {
      this.unknown -= 1;
      return;
    }
    const left = (this.holders.get(holder) ?? 1) - 1;
    if (left > 0) this.holders.set(holder, left);
    else this.holders.delete(holder);
  }
}

/** On whose behalf a lock is asked for: the context's task, or else the running one where tools can know it. */
export function holderOf(context: ContextNode | undefined): TaskRecord | undefined {
  return context?.record ?? (probe === undefined ? undefined : currentRecord());
}
