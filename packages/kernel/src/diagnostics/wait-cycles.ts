import type { LockNote } from "../task/lock-note.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { lockWaiters } from "./watch.ts";

/** One step of a cycle: this task waits for that lock, which the next one holds. */
export interface WaitStep {
  readonly task: string;
  readonly id: number;
  readonly lock: string;
}

/** The lock a task stands still for; undefined when it may go on by something else, or when nobody knows who holds it. */
function blockedOn(record: TaskRecord): LockNote | undefined {
  const { lock } = record;
  if (lock === undefined || record.waits !== 1 || lock.unknown > 0 || lock.holders.size === 0)
    return undefined;
  return lock;
}

/**
 * Tasks that wait for each other's locks in a circle. For a semaphore all holders must be stuck; who holds a lock is
 * known when it was taken with a context, or by a task that can be told.
 *
 * Cost       O(tasks that wait for locks x holders).
 */
export function waitCycles(): WaitStep[][] {
  const stuck = stuckTasks();
  const cycles: WaitStep[][] = [];
  const seen = new Set<TaskRecord>();
  for (const start of stuck.keys()) {
    const path: TaskRecord[] = [];
    let at: TaskRecord | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = stuck.get(at)?.holders.keys().next().value;
    }
    const from = at === undefined ? -1 : path.indexOf(at);
    if (from >= 0) cycles.push(path.slice(from).map((record) => step(record, stuck)));
  }
  return cycles;
}

function step(record: TaskRecord, stuck: ReadonlyMap<TaskRecord, LockNote>): WaitStep {
  return { task: `${record.scope}/${record.name}`, id: record.id, lock: stuck.get(record)?.name ?? "" };
}

/** The largest set of waiting tasks in which each one's lock is held by others of the set alone. */
function stuckTasks(): Map<TaskRecord, LockNote> {
  const stuck = new Map<TaskRecord, LockNote>();
  for (const record of lockWaiters) {
    const lock = blockedOn(record);
    if (lock !== undefined) stuck.set(record, lock);
  }
  for (let before = -1; before !== stuck.size;) {
    before = stuck.size;
    for (const [record, lock] of stuck) {
      if (![...lock.holders.keys()].every((holder) => stuck.has(holder))) stuck.delete(record);
    }
  }
  return stuck;
}
