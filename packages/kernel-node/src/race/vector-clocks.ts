import type { SyncObserver, TaskRecord } from "@barrage/kernel/diagnostics";

/** How much of each task's past is known: an epoch by task id. */
export type VectorClock = Map<number, number>;

/** Code outside of any task counts as one task of its own. */
const OUTSIDE = 0;

interface Places {
  readonly sent: VectorClock[];
  readonly freed: VectorClock[];
  placed: number;
}

function join(into: VectorClock, from: VectorClock | undefined): void {
  if (from === undefined) return;
  for (const [task, epoch] of from) if (epoch > (into.get(task) ?? 0)) into.set(task, epoch);
}

/**
 * Happens-before between tasks, built from what the kernel tells: locks, channels, waits and joins.
 *
 * Source     the rules of Go's memory model: the n-th send before the n-th receive, the n-th receive before the
 *            (n + capacity)-th send has completed, a close before a receive that tells of it, an unlock before the
 *            next lock, a start before the task, a task's end before its join.
 */
export class VectorClocks implements SyncObserver {
  private readonly clocks = new Map<number, VectorClock>();
  private readonly released = new WeakMap<object, VectorClock>();
  private readonly places = new WeakMap<object, Places>();

  /** The task's clock as it is now; it changes with the task. */
  of(task: number): VectorClock {
    let clock = this.clocks.get(task);
    if (clock === undefined) this.clocks.set(task, (clock = new Map([[task, 1]])));
    return clock;
  }

  release(key: object, by: TaskRecord | undefined): void {
    const known = this.released.get(key) ?? new Map<number, number>();
    join(known, this.now(by));
    this.released.set(key, known);
    this.tick(by);
  }

  acquire(key: object, by: TaskRecord | undefined): void {
    join(this.now(by), this.released.get(key));
  }

  enqueue(key: object, capacity: number, by: TaskRecord | undefined): void {
    const places = this.placesOf(key);
    places.placed += 1;
    if (places.placed > capacity) join(this.now(by), places.freed.shift());
    places.sent.push(new Map(this.now(by)));
    this.tick(by);
  }

  dequeue(key: object, by: TaskRecord | undefined): void {
    const places = this.placesOf(key);
    join(this.now(by), places.sent.shift());
    places.freed.push(new Map(this.now(by)));
    this.tick(by);
  }

  meet(one: TaskRecord | undefined, other: TaskRecord | undefined): void {
    join(this.now(one), this.now(other));
    join(this.now(other), this.now(one));
    this.tick(one);
    this.tick(other);
  }

  fork(parent: TaskRecord | undefined, child: TaskRecord): void {
    join(this.of(child.id), this.now(parent));
    this.tick(parent);
  }

  private now(by: TaskRecord | undefined): VectorClock {
    return this.of(by?.id ?? OUTSIDE);
  }

  private tick(by: TaskRecord | undefined): void {
    const id = by?.id ?? OUTSIDE;
    const clock = this.of(id);
    clock.set(id, (clock.get(id) ?? 0) + 1);
  }

  private placesOf(key: object): Places {
    let places = this.places.get(key);
    if (places === undefined) this.places.set(key, (places = { sent: [], freed: [], placed: 0 }));
    return places;
  }
}
