import type { ContextNode } from "../context/context-node.ts";
import type { Context } from "../context/context.ts";
import { background } from "../context/root.ts";
import { KernelError } from "../errors.ts";
import { ambient, runAs } from "../task/probe.ts";
import { liveRecords, startedTaskCount, type TaskRecord } from "../task/task-record.ts";
import { sleep } from "../time/sleep.ts";
import { nextTurn } from "../time/turn.ts";
import { groupsOf, groupText, type TaskGroup } from "./profile.ts";
import { needFullStacks } from "./stacks.ts";
import { BODY, noteOlder, traceOf } from "./watch.ts";

/**
 * `grace` in ms of real time: how long what was told to stop may take. `around`: whatever starts while the body runs
 * belongs to it, whoever starts it, except in a scope or under a task that is older; for the hooks of a test runner,
 * which go around a test without calling it. One such body runs at a time, bodies of the other kind run within it as
 * if it were not there, and stacks are taken as set.
 */
export interface LeakOptions {
  readonly grace?: number;
  readonly ignore?: (group: TaskGroup) => boolean;
  readonly around?: boolean;
}

// Real time that tasks get to end (ms). They have been told to stop by then, so only clean-up is left; a leak is
// the only thing that costs all of it.
const GRACE_MS = 200;

// Turns of the event loop waited for before time is used (a count): nearly all clean-up is over by then.
const GRACE_TURNS = 10;

/** Tasks outlived the body they belong to. */
export class TasksLeakedError extends KernelError {
  readonly groups: readonly TaskGroup[];

  constructor(groups: readonly TaskGroup[]) {
    const count = groups.reduce((sum, group) => sum + group.count, 0);
    super("KERNEL_TASKS_LEAKED", { count, groups: groups.map(groupText).join("\n") });
    this.name = "TasksLeakedError";
    this.groups = groups;
  }
}

/** A body under watch. */
class Watched {
  alone = true;
  readonly around: boolean;
  readonly after = startedTaskCount();

  constructor(around: boolean) {
    this.around = around;
    if (around) {
      noteOlder();
      return;
    }
    this.alone = running.size === 0;
    for (const other of running) other.alone = false;
    running.add(this);
  }

  owns(record: TaskRecord): boolean {
    if (this.around) return record.id > this.after && traceOf(record)?.ofOlder !== true;
    const body = traceOf(record)?.body;
    if (body !== undefined) return body === this;
    // Started by code that cannot be told from other code: this body's own only if nothing else could have done it.
    return ambient === undefined && this.alone && record.id > this.after;
  }
}

const running = new Set<Watched>();

async function untilEnded(leaked: () => TaskGroup[], grace: number): Promise<TaskGroup[]> {
  let left = leaked();
  for (let turns = GRACE_TURNS; turns > 0 && left.length > 0; turns--) {
    await nextTurn();
    left = leaked();
  }
  for (let waited = 0, ms = 1; waited < grace && left.length > 0; waited += ms, ms *= 2) {
    await sleep(Math.min(ms, grace - waited));
    left = leaked();
  }
  return left;
}

/**
 * Runs `body` and throws when a task that belongs to it is still alive after it. Tasks belong to it that were started
 * under the context it is given, by such tasks, or in its first synchronous part; with an ambient context (kernel-node)
 * all that it starts; and without one, when no other body ran at the same time, every task started meanwhile.
 *
 * Shape      safe for bodies that run at the same time: nobody is blamed for another one's task.
 * Errors     the body's own error first; else KERNEL_TASKS_LEAKED, with where each was started and what it waits for.
 */
export async function assertNoLeaks<T>(
  body: (ctx: Context) => T | PromiseLike<T>,
  options: LeakOptions = {},
): Promise<T> {
  const watched = new Watched(options.around ?? false);
  const context = background.with(BODY, watched);
  if (!watched.around) needFullStacks(1);
  try {
    const result = await runAs(context as ContextNode, () => body(context));
    const leaked = await untilEnded(
      () => found((record) => watched.owns(record), options),
      options.grace ?? GRACE_MS,
    );
    if (leaked.length > 0) throw new TasksLeakedError(leaked);
    return result;
  } finally {
    if (!watched.around) needFullStacks(-1);
    running.delete(watched);
  }
}

function found(isSuspect: (record: TaskRecord) => boolean, { ignore }: LeakOptions): TaskGroup[] {
  const suspects = [...liveRecords()].filter(isSuspect);
  return groupsOf(suspects).filter((group) => ignore?.(group) !== true);
}

/** Tasks that are alive now and are no leak, for {@link findLeaks}. */
export interface Baseline {
  readonly ids: ReadonlySet<number>;
}

export function currentTasks(): Baseline {
  return { ids: new Set([...liveRecords()].map((record) => record.id)) };
}

/** Tasks of the whole process that are alive after the grace, without those of the baseline. */
export function findLeaks(options: LeakOptions & { readonly since?: Baseline } = {}): Promise<TaskGroup[]> {
  const { since, grace = GRACE_MS } = options;
  return untilEnded(() => found((record) => since?.ids.has(record.id) !== true, options), grace);
}
