import { dispose } from "../dispose.ts";
import { KernelError } from "../errors.ts";
import { Line } from "../line.ts";
import { Parked, type Waitable } from "../parked.ts";
import { giveBack, type Held, Holding } from "../task/held.ts";
import type { TaskRecord } from "../task/task-record.ts";

/** Permits that were granted; disposing gives them back, once. */
export class Permit implements Disposable {
  private pool: PermitPool | undefined;
  private readonly count: number;
  private readonly held: Held | undefined;

  constructor(pool: PermitPool, count: number, held: Held | undefined) {
    this.pool = pool;
    this.count = count;
    this.held = held;
  }

  [dispose](): void {
    const { pool } = this;
    if (pool === undefined) return;
    this.pool = undefined;
    giveBack(this.held);
    pool.giveBack(this.count);
  }
}

/** A request that waits for so many permits. */
export type ParkedAcquire = Parked<Disposable, number>;

/** The state of a semaphore: how many permits there are, how many are out, who waits. Each method is one step. */
export class PermitPool implements Waitable<ParkedAcquire> {
  permits: number;
  private granted = 0;
  readonly holding: Holding;
  private readonly line = new Line<ParkedAcquire>();

  constructor(permits: number, name: string) {
    this.permits = permits;
    this.holding = new Holding(name);
  }

  get available(): number {
    return Math.max(0, this.permits - this.granted);
  }

  take(count: number, by: TaskRecord | undefined): Permit | undefined {
    if (this.line.head !== undefined || this.granted + count > this.permits) return undefined;
    this.granted += count;
    return new Permit(this, count, this.holding.take(by));
  }

  queue(count: number): ParkedAcquire {
    const parked = new Parked<Disposable, number>(this, count);
    this.line.push(parked);
    return parked;
  }

  /** Whoever stood behind a large request may fit now. */
  abandoned(): void {
    this.serve();
  }

  giveBack(count: number): void {
    this.granted -= count;
    this.serve();
  }

  resize(permits: number): void {
    this.permits = permits;
    for (let waiting = this.line.head; waiting !== undefined;) {
      const after = waiting.after as ParkedAcquire | undefined;
      if (waiting.value > permits) {
        this.line.remove(waiting);
        waiting.reject(this.tooMany(waiting.value));
      }
      waiting = after;
    }
    this.serve();
  }

  /** Grants from the head of the line for as long as the head fits. */
  serve(): void {
    for (let waiting = this.line.head; waiting !== undefined; waiting = this.line.head) {
      if (this.granted + waiting.value > this.permits) return;
      this.line.remove(waiting);
      this.granted += waiting.value;
      waiting.resolve(new Permit(this, waiting.value, this.holding.take(waiting.waiter)));
    }
  }

  tooMany(asked: number): KernelError {
    return new KernelError("KERNEL_PERMITS_TOO_MANY", { asked, permits: this.permits });
  }
}
