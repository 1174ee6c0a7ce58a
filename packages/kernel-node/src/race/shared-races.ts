import { type RawRace, Shadow } from "./shared-shadow.ts";

/** The arrays whose elements Atomics can work on and that hold numbers. */
export type SharedNumbers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** Two threads access one element, one of them at least writes without Atomics, and nothing orders the two. */
export interface SharedRace {
  readonly element: number;
  readonly threads: readonly [number, number];
  readonly kinds: readonly ["read" | "write", "read" | "write"];
}

export interface SharedRaceOptions {
  /** Threads that take part; each has a number below it. */
  readonly threads: number;
  /** Races kept; further ones are dropped. */
  readonly races?: number;
}

const RACES = 64;

/** Shared memory in which the threads keep what they know of each other; send it to each along with the array. */
export function sharedShadow(
  view: SharedNumbers,
  { threads, races = RACES }: SharedRaceOptions,
): SharedArrayBuffer {
  return Shadow.create({ elements: view.length, threads, races });
}

/** The array as one thread uses it while it is under watch. */
export function watchShared(view: SharedNumbers, shadow: SharedArrayBuffer, thread: number): WatchedView {
  return new WatchedView(view, new Shadow(shadow), thread);
}

/**
 * A shared array whose accesses are followed: `get` and `set` are the plain ones, the others those of Atomics. Threads
 * are ordered by atomic operations on the same element, and by `stamp` and `receive` around a message.
 *
 * Cost       a lock shared by all threads per access; for tests.
 */
export class WatchedView {
  private readonly view: SharedNumbers;
  private readonly shadow: Shadow;
  private readonly thread: number;

  constructor(view: SharedNumbers, shadow: Shadow, thread: number) {
    if (!Number.isSafeInteger(thread) || thread < 0 || thread >= shadow.threadCount) {
      throw new RangeError(`thread must be a whole number below ${shadow.threadCount}, not ${thread}`);
    }
    this.view = view;
    this.shadow = shadow;
    this.thread = thread;
  }

  get races(): SharedRace[] {
    return this.shadow.locked(() => this.shadow.races()).map(readable);
  }

  /** A plain read. */
  get(index: number): number {
    return this.shadow.locked(() => {
      this.read(index);
      return this.view[index] ?? 0;
    });
  }

  /** A plain write. */
  set(index: number, value: number): void {
    this.shadow.locked(() => {
      this.write(index);
      this.view[index] = value;
    });
  }

  load(index: number): number {
    return this.atomic(index, () => Atomics.load(this.view, index), false);
  }

  store(index: number, value: number): number {
    return this.atomic(index, () => Atomics.store(this.view, index, value));
  }

  add(index: number, value: number): number {
    return this.atomic(index, () => Atomics.add(this.view, index, value));
  }

  sub(index: number, value: number): number {
    return this.atomic(index, () => Atomics.sub(this.view, index, value));
  }

  exchange(index: number, value: number): number {
    return this.atomic(index, () => Atomics.exchange(this.view, index, value));
  }

  compareExchange(index: number, expected: number, value: number): number {
    return this.atomic(index, () => Atomics.compareExchange(this.view, index, expected, value));
  }

  /** What this thread knows, to be sent along with a message. */
  stamp(): number[] {
    return this.shadow.locked(() => {
      const clock = this.shadow.clockOf(this.thread);
      this.shadow.tick(this.thread);
      return clock;
    });
  }

  /** A message with this stamp has come: all before it was sent happened before what follows. */
  receive(stamp: readonly number[]): void {
    this.shadow.locked(() => this.shadow.learn(this.thread, stamp));
  }

  /** An atomic operation orders the threads, and races with plain accesses of others that are not ordered. */
  private atomic(index: number, operation: () => number, writes = true): number {
    return this.shadow.locked(() => {
      this.againstPlain(index, writes);
      this.shadow.noteAtomic(this.thread, index, writes);
      this.shadow.synchronise(this.thread, index);
      return operation();
    });
  }

  private read(index: number): void {
    this.againstPlain(index, false);
    this.againstAtomic(index, false);
    this.shadow.noteRead(this.thread, index);
  }

  private write(index: number): void {
    this.againstPlain(index, true);
    this.againstAtomic(index, true);
    this.shadow.noteWrite(this.thread, index);
  }

  private againstPlain(index: number, writes: boolean): void {
    const { shadow } = this;
    const last = shadow.lastWrite(index);
    if (last !== undefined) this.check(index, [last.thread, last.epoch], [true, writes]);
    for (let other = 0; writes && other < shadow.threadCount; other++) {
      this.check(index, [other, shadow.lastRead(other, index)], [false, true]);
    }
  }

  private againstAtomic(index: number, writes: boolean): void {
    const { shadow } = this;
    for (let other = 0; other < shadow.threadCount; other++) {
      this.check(index, [other, shadow.lastAtomic(other, index, true)], [true, writes]);
      if (writes) this.check(index, [other, shadow.lastAtomic(other, index, false)], [false, true]);
    }
  }

  /** Notes a race with what the other thread did then, unless this one knows of it. */
  private check(
    element: number,
    [other, epoch]: readonly [number, number],
    wrote: readonly [boolean, boolean],
  ): void {
    const { shadow, thread } = this;
    if (epoch === 0 || other === thread || shadow.knows(thread, other, epoch)) return;
    shadow.add({ element, threads: [other, thread], wrote });
  }
}

function readable({ element, threads, wrote }: RawRace): SharedRace {
  const kind = (writes: boolean): "read" | "write" => (writes ? "write" : "read");
  return { element, threads, kinds: [kind(wrote[0]), kind(wrote[1])] };
}
