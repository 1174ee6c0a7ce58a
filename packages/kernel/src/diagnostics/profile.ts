import { liveRecords, type TaskRecord } from "../task/task-record.ts";
import { allSites, type Gathering } from "./sites.ts";
import { takesAllStacks } from "./stacks.ts";
import { traceOf } from "./watch.ts";

/** Live tasks that were started in one place and wait for one thing. */
export interface TaskGroup {
  readonly count: number;
  /** The wait reason, such as `receive jobs`, or `running`. */
  readonly waiting: string;
  /** Where they were started, innermost first; of one of them unless all stacks are taken; empty when none is known. */
  readonly stack: readonly string[];
  /** Age of the oldest, in ms on its clock. */
  readonly oldestMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Live tasks in groups, the largest first.
 *
 * Cost       O(groups) plus the tasks older than the youngest group; with all stacks taken O(live).
 */
export function profile(): TaskGroup[] {
  const groups = takesAllStacks() ? byStack() : byCounter();
  return groups.sort((a, b) => b.count - a.count || b.oldestMs - a.oldestMs);
}

function byCounter(): TaskGroup[] {
  const open = new Map<Gathering, number>();
  for (const site of allSites()) {
    if (site.live === 0) continue;
    for (const gathering of site.gatherings.values()) if (gathering.count > 0) open.set(gathering, 0);
  }
  const oldest = oldestOf(open);
  return [...open.keys()].map((gathering) => ({
    count: gathering.count,
    waiting: gathering.waiting,
    stack: gathering.site.stack?.frames ?? [],
    oldestMs: oldest.get(gathering) ?? 0,
    labels: { task: gathering.site.name, scope: gathering.site.scope },
  }));
}

/** The list of live tasks is in order of their start, so the first of a group is its oldest. */
function oldestOf(open: ReadonlyMap<Gathering, number>): Map<Gathering, number> {
  const found = new Map<Gathering, number>();
  for (const record of liveRecords()) {
    if (found.size === open.size) break;
    const gathering = traceOf(record)?.gathering;
    if (gathering === undefined || found.has(gathering)) continue;
    found.set(gathering, record.clock.now() - record.startedAt);
  }
  return found;
}

function byStack(): TaskGroup[] {
  return groupsOf(liveRecords());
}

interface Counted {
  count: number;
  readonly first: TaskRecord;
  readonly stack: readonly string[];
}

/** Groups of just these tasks. */
export function groupsOf(records: Iterable<TaskRecord>): TaskGroup[] {
  const stacks = new Map<readonly string[], number>();
  const counted = new Map<string, Counted>();
  for (const record of records) {
    const trace = traceOf(record);
    const stack = trace?.stack?.frames ?? trace?.site.stack?.frames ?? [];
    let number = stacks.get(stack);
    if (number === undefined) stacks.set(stack, (number = stacks.size));
    const key = [number, record.scope, record.name, waitingOf(record)].join("\0");
    const known = counted.get(key);
    if (known === undefined) counted.set(key, { count: 1, first: record, stack });
    else known.count += 1;
  }
  return [...counted.values()].map(({ count, first, stack }) => ({
    count,
    waiting: waitingOf(first),
    stack,
    oldestMs: first.clock.now() - first.startedAt,
    labels: { task: first.name, scope: first.scope },
  }));
}

/** The wait reason as groups tell it. */
export function waitingOf(record: TaskRecord): string {
  return traceOf(record)?.gathering.waiting ?? "running";
}

/** One group as lines of text. */
export function groupText(group: TaskGroup): string {
  const { count, waiting, stack, oldestMs, labels } = group;
  const who = `${labels["scope"] ?? "?"}/${labels["task"] ?? "?"}`;
  const head = `${count} ${who} [${waiting}, ${Math.round(oldestMs)} ms]`;
  if (stack.length === 0) return head;
  return [
    head,
    ...stack.map((frame, index) => `    ${index === 0 ? "created by" : "       at"} ${frame}`),
  ].join("\n");
}
