import { ContextNode, nodeOf } from "../context/context-node.ts";
import type { Key } from "../context/context.ts";
import { key } from "../context/context.ts";
import { reportFailure } from "../task/failures.ts";
import { applicationContext } from "../task/go.ts";
import { currentContext, setProbe, type TaskProbe } from "../task/probe.ts";
import { liveRecords, type TaskRecord } from "../task/task-record.ts";
import { nextTurn } from "../time/turn.ts";
import { closerOf, noteClose } from "./closers.ts";
import { type Gathering, type Site, siteFor } from "./sites.ts";
import { type CapturedStack, captureStack, wantsStack } from "./stacks.ts";

/** What the tools keep of a live task. Like its record, it keeps nothing else alive. */
export interface TaskTrace {
  readonly site: Site;
  gathering: Gathering;
  readonly stack: CapturedStack | undefined;
  /** The body of `assertNoLeaks` that it belongs to. */
  readonly body: object | undefined;
  /** Its owner is older than the body that {@link noteOlder} was called for. */
  readonly ofOlder: boolean;
  unreachable: boolean;
  /** When its context was cancelled, on its clock. */
  cancelledAt: number | undefined;
}

/** Marks the contexts of one `assertNoLeaks`. */
export const BODY: Key<object> = key<object>("assertNoLeaks");

type Unreachable = (record: TaskRecord) => void;

const listeners = new Set<Unreachable>();
const pulses = new FinalizationRegistry<TaskRecord>((record) => {
  const trace = record.trace as TaskTrace | undefined;
  // It has none any more when it ended in any way.
  if (trace === undefined) return;
  trace.unreachable = true;
  for (const listener of Array.from(listeners)) listener(record);
});

/** Held by a running task's own frames and by nothing else: when it is collected, so is the task. */
class Pulse {
  /** Undefined once the task has ended, so that a pulse kept back keeps no record of it. */
  declare record: TaskRecord | undefined;

  constructor(record: TaskRecord) {
    this.record = record;
  }
}

// Pulses of the tasks started in this turn. Most tasks end within it, and registering costs more than all the rest.
let fresh: Pulse[] = [];

// Pulses kept back at most (a count): a turn may start any number of tasks, and what is kept back is not collected.
const FRESH_PULSES = 1024;

function followSoon(): void {
  nextTurn()
    .then(follow)
    .catch((error: unknown) => reportFailure(error, "leak proof"));
}

function follow(): void {
  const batch = fresh;
  fresh = [];
  for (const pulse of batch) {
    // Without a token to unregister by: that would cost more than to ignore the pulses of tasks that ended later.
    if (pulse.record !== undefined) pulses.register(pulse, pulse.record);
  }
}

const cancelled = new Set<TaskRecord>();

/** Tasks whose context was cancelled and that have not ended. */
export const cancelledTasks: ReadonlySet<TaskRecord> = cancelled;

const atLocks = new Set<TaskRecord>();

/** Live tasks that wait for a lock, and some that did. */
export const lockWaiters: ReadonlySet<TaskRecord> = atLocks;

// Contexts under no other one (weak). Those cancelled or collected are swept whenever the list has doubled.
const application = nodeOf(applicationContext);
let roots = [new WeakRef(application)];
let sweepAt = 1024;

export function onUnreachable(listener: Unreachable): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function* rootContexts(): Generator<ContextNode, void> {
  for (const root of roots) {
    const node = root.deref();
    if (node !== undefined && !node.cancelled) yield node;
  }
}

// Scopes and tasks that are older than the last body `around`, the application's own scope left out.
let older: WeakSet<ContextNode> | undefined;

/**
 * From here on, tasks started under a scope or a task that lives now are noted as such: they are its owner's business.
 * What `go` starts has no owner but the application.
 */
export function noteOlder(): void {
  older = new WeakSet();
  const open = [...rootContexts()];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node !== application) older.add(node);
    for (const link of node.links()) if (link instanceof ContextNode) open.push(link);
  }
}

function isOfOlder(context: ContextNode): boolean {
  if (older === undefined) return false;
  for (let node = context.upstream; node !== undefined; node = node.upstream)
    if (older.has(node)) return true;
  return false;
}

function sweepRoots(): void {
  roots = roots.filter((root) => root.deref()?.cancelled === false);
  sweepAt = Math.max(1024, roots.length * 2);
}

export function traceOf(record: TaskRecord): TaskTrace | undefined {
  return record.trace as TaskTrace | undefined;
}

function adopt(record: TaskRecord, body: object | undefined, ofOlder: boolean): void {
  const site = siteFor(record);
  const stack = wantsStack(site.started) ? captureStack() : undefined;
  if (stack !== undefined && site.stack === undefined) site.stack = stack;
  site.started += 1;
  site.live += 1;
  const gathering = site.gathering(record);
  gathering.count += 1;
  record.trace = {
    site,
    gathering,
    stack,
    body,
    ofOlder,
    unreachable: false,
    cancelledAt: undefined,
  } satisfies TaskTrace;
}

const watch: TaskProbe = {
  started(record, context) {
    adopt(record, context.value(BODY) ?? currentContext()?.value(BODY), isOfOlder(context));
  },
  running(record) {
    const pulse = new Pulse(record);
    if (fresh.length === 0) followSoon();
    else if (fresh.length >= FRESH_PULSES) follow();
    fresh.push(pulse);
    return pulse;
  },
  settled(pulse) {
    if (pulse instanceof Pulse) pulse.record = undefined;
  },
  cancelled(record) {
    const trace = traceOf(record);
    if (trace === undefined) return;
    trace.cancelledAt = record.clock.now();
    cancelled.add(record);
  },
  ended(record) {
    const trace = traceOf(record);
    if (trace === undefined) return;
    if (trace.cancelledAt !== undefined) cancelled.delete(record);
    if (atLocks.size > 0) atLocks.delete(record);
    trace.gathering.count -= 1;
    trace.site.live -= 1;
    // The site's own example stays; all others are of no use to anybody now.
    if (trace.stack !== trace.site.stack) trace.stack?.drop();
    record.trace = undefined;
  },
  moved(record) {
    const trace = traceOf(record);
    if (trace === undefined) return;
    if (record.lock !== undefined) atLocks.add(record);
    trace.gathering.count -= 1;
    trace.gathering = trace.site.gathering(record);
    trace.gathering.count += 1;
  },
  closed: noteClose,
  closerOf,
  rooted(context) {
    roots.push(new WeakRef(context));
    if (roots.length >= sweepAt) sweepRoots();
  },
};

// Importing the tools switches them on; tasks that already live are counted too, without a stack.
for (const record of liveRecords()) {
  if (record.lock !== undefined) atLocks.add(record);
  const site = siteFor(record);
  site.live += 1;
  const gathering = site.gathering(record);
  gathering.count += 1;
  record.trace = {
    site,
    gathering,
    stack: undefined,
    body: undefined,
    ofOlder: false,
    unreachable: false,
    cancelledAt: undefined,
  } satisfies TaskTrace;
}
setProbe(watch);
