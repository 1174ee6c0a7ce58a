import type { Clock } from "../time/clock.ts";
import type { LockNote } from "./lock-note.ts";
import { probe } from "./probe.ts";

export type TaskState = "running" | "waiting" | "done" | "failed" | "cancelled";

/** A live task, as a snapshot. */
export interface TaskInfo {
  readonly id: number;
  readonly name: string;
  readonly state: "running" | "waiting";
  /** What it waits for, such as `receive jobs`; undefined while running. */
  readonly waiting: string | undefined;
  /** Name of the scope that owns it. */
  readonly scope: string;
  /** Id of the task in whose scope it was started; undefined at the top. */
  readonly parent: number | undefined;
  readonly ageMs: number;
}

/** Live tasks of one name and state, counted. */
export interface TaskGroup {
  readonly name: string;
  readonly state: "running" | "waiting";
  readonly count: number;
}

/** What all tasks of a scope have in common. */
export interface TaskOwner {
  readonly name: string;
  /** Id of the task in whose scope they are; undefined at the top. */
  readonly parent: number | undefined;
  readonly clock: Clock;
  /** What the tools keep of it. */
  trace: unknown;
}

/**
 * What the process knows of a task. It holds neither the promise nor the context: the registry must not keep alive
 * a task that nothing else can reach, or such a task could never be proved leaked.
 */
export class TaskRecord {
  declare readonly id: number;
  declare readonly name: string;
  declare readonly owner: TaskOwner;
  declare readonly startedAt: number;
  declare state: TaskState;
  declare previous: TaskRecord | undefined;
  declare next: TaskRecord | undefined;
  /** The lock it waits for, where its last wait is for one. */
  declare lock: LockNote | undefined;
  /** What the tools keep of it. */
  declare trace: unknown;
  declare waits: number;
  declare verb: string;
  declare object: string;

  constructor(name: string, owner: TaskOwner) {
    this.id = ++lastId;
    this.name = name;
    this.owner = owner;
    // Whole ms: a fraction would be a heap object of its own for each task.
    this.startedAt = Math.floor(owner.clock.now());
    this.state = "running";
    this.previous = this.next = undefined;
    this.lock = this.trace = undefined;
    this.waits = 0;
    this.verb = this.object = "";
    add(this);
  }

  get scope(): string {
    return this.owner.name;
  }

  get parent(): number | undefined {
    return this.owner.parent;
  }

  get clock(): Clock {
    return this.owner.clock;
  }

  /** Notes a wait. A task may have several at once; the latest is the one shown. */
  park(verb: string, object: string, lock?: LockNote): void {
    this.waits += 1;
    this.verb = verb;
    this.object = object;
    this.lock = lock;
    if (this.state === "running") this.state = "waiting";
    probe?.moved(this);
  }

  unpark(): void {
    this.waits -= 1;
    this.lock = undefined;
    if (this.waits === 0 && this.state === "waiting") {
      this.state = "running";
      probe?.moved(this);
    }
  }

  end(state: "done" | "failed" | "cancelled"): void {
    this.state = state;
    remove(this);
    probe?.ended(this);
  }

  info(): TaskInfo {
    const { id, name, scope, parent } = this;
    const waits = this.state === "waiting";
    const waiting = waits ? `${this.verb} ${this.object}`.trimEnd() : undefined;
    const ageMs = this.clock.now() - this.startedAt;
    return { id, name, state: waits ? "waiting" : "running", waiting, scope, parent, ageMs };
  }
}

let lastId = 0;
let live = 0;
let head: TaskRecord | undefined;
let tail: TaskRecord | undefined;

function add(record: TaskRecord): void {
  live += 1;
  record.previous = tail;
  if (tail === undefined) head = record;
  else tail.next = record;
  tail = record;
}

function remove(record: TaskRecord): void {
  live -= 1;
  const { previous, next } = record;
  if (previous === undefined) head = next;
  else previous.next = next;
  if (next === undefined) tail = previous;
  else next.previous = previous;
  record.previous = record.next = undefined;
}

/** How many tasks have started since the process began. O(1). */
export function startedTaskCount(): number {
  return lastId;
}

/** How many tasks have started and not ended. O(1). */
export function liveTaskCount(): number {
  return live;
}

/** The records of live tasks, oldest first. */
export function* liveRecords(): Generator<TaskRecord, void> {
  for (let record = head; record !== undefined; record = record.next) yield record;
}

/** Every live task, oldest first. O(live). */
export function liveTasks(): readonly TaskInfo[] {
  const infos: TaskInfo[] = [];
  for (let record = head; record !== undefined; record = record.next) infos.push(record.info());
  return infos;
}

/** Live tasks counted by name and state, largest group first. O(live), without a snapshot of each. */
export function taskGroups(): readonly TaskGroup[] {
  const counts = { running: new Map<string, number>(), waiting: new Map<string, number>() };
  for (let record = head; record !== undefined; record = record.next) {
    const named = record.state === "waiting" ? counts.waiting : counts.running;
    named.set(record.name, (named.get(record.name) ?? 0) + 1);
  }
  const groupsOf = (state: "running" | "waiting"): TaskGroup[] =>
    [...counts[state]].map(([name, count]) => ({ name, state, count }));
  return [...groupsOf("waiting"), ...groupsOf("running")].sort((a, b) => b.count - a.count);
}
