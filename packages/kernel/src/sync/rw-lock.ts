import { dispose } from "../dispose.ts";
import { Line } from "../line.ts";
import { Parked, type Waitable } from "../parked.ts";
import { giveBack, type Held, Holding } from "../task/held.ts";
import type { TaskRecord } from "../task/task-record.ts";

export type LockKind = "read" | "write";

/** A lock that was granted; disposing unlocks, once. */
export class RwGuard implements Disposable {
  private lock: RwLock | undefined;
  private readonly kind: LockKind;
  private readonly held: Held | undefined;

  constructor(lock: RwLock, kind: LockKind, held: Held | undefined) {
    this.lock = lock;
    this.kind = kind;
    this.held = held;
  }

  [dispose](): void {
    const { lock } = this;
    if (lock === undefined) return;
    this.lock = undefined;
    giveBack(this.held);
    lock.release(this.kind);
  }
}

/** Who waits for a lock. */
export type ParkedLock = Parked<Disposable>;

/**
 * The state of a readers-writer lock. Each method is one step.
 *
 * Bounds     readers wait only while somebody writes or waits to write; so a waiting writer is passed by no new
 *            reader, and the readers that wait when a writer ends all go before the next writer.
 */
export class RwLock implements Waitable<ParkedLock> {
  readers = 0;
  writing = false;
  readonly holding: Holding;
  private readonly writersInLine = new Line<ParkedLock>();
  private readonly readersInLine = new Line<ParkedLock>();

  constructor(name: string) {
    this.holding = new Holding(name);
  }

  take(kind: LockKind, by: TaskRecord | undefined): RwGuard | undefined {
    if (this.writing || this.writersInLine.head !== undefined) return undefined;
    if (kind === "write" && this.readers > 0) return undefined;
    return this.grant(kind, by);
  }

  queue(kind: LockKind): ParkedLock {
    const parked = new Parked<Disposable>(this, undefined);
    (kind === "write" ? this.writersInLine : this.readersInLine).push(parked);
    return parked;
  }

  release(kind: LockKind): void {
    if (kind === "write") {
      this.writing = false;
      this.admitReaders();
    } else {
      this.readers -= 1;
    }
    this.admitWriter();
  }

  /** A writer that gave up may have been the one that kept readers waiting. */
  abandoned(): void {
    if (!this.writing && this.writersInLine.head === undefined) this.admitReaders();
  }

  private grant(kind: LockKind, by: TaskRecord | undefined): RwGuard {
    if (kind === "write") this.writing = true;
    else this.readers += 1;
    return new RwGuard(this, kind, this.holding.take(by));
  }

  private admitReaders(): void {
    for (let next = this.readersInLine.shift(); next !== undefined; next = this.readersInLine.shift()) {
      next.resolve(this.grant("read", next.waiter));
    }
  }

  private admitWriter(): void {
    if (this.writing || this.readers > 0) return;
    const next = this.writersInLine.shift();
    next?.resolve(this.grant("write", next.waiter));
  }
}
