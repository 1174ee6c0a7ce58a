import { dispose } from "../dispose.ts";
import { KernelError } from "../errors.ts";
import { Line, type LineEntry } from "../line.ts";
import { Parked } from "../parked.ts";

/** Permits that were granted; disposing gives them back, once. */
export class Permit implements Disposable {
  private pool: PermitPool | undefined;
  private readonly count: number;

  constructor(pool: PermitPool, count: number) {
    this.pool = pool;
    this.count = count;
  }

  [dispose](): void {
    const { pool } = this;
    this.pool = undefined;
    pool?.giveBack(this.count);
  }
}

/** A request that waits for permits. */
export class ParkedAcquire extends Parked<Disposable> implements LineEntry<ParkedAcquire> {
  line: Line<ParkedAcquire> | undefined = undefined;
  before: ParkedAcquire | undefined = undefined;
  after: ParkedAcquire | undefined = undefined;
  readonly count: number;
  private readonly pool: PermitPool;

  constructor(pool: PermitPool, count: number) {
    super();
    this.pool = pool;
    this.count = count;
  }

  protected override withdraw(): void {
    this.line?.remove(this);
    // Whoever stood behind a large request may fit now.
    this.pool.serve();
  }
}

/** The state of a semaphore: how many permits there are, how many are out, who waits. Each method is one step. */
export class PermitPool {
  permits: number;
  private granted = 0;
  private readonly line = new Line<ParkedAcquire>();

  constructor(permits: number) {
    this.permits = permits;
  }

  get available(): number {
    return Math.max(0, this.permits - this.granted);
  }

  take(count: number): Permit | undefined {
    if (this.line.head !== undefined || this.granted + count > this.permits) return undefined;
    this.granted += count;
    return new Permit(this, count);
  }

  queue(count: number): ParkedAcquire {
    const parked = new ParkedAcquire(this, count);
    this.line.push(parked);
    return parked;
  }

  giveBack(count: number): void {
    this.granted -= count;
    this.serve();
  }

  resize(permits: number): void {
    this.permits = permits;
    for (let waiting = this.line.head; waiting !== undefined;) {
      const { after } = waiting;
      if (waiting.count > permits) {
        this.line.remove(waiting);
        waiting.reject(this.tooMany(waiting.count));
      }
      waiting = after;
    }
    this.serve();
  }

  /** Grants from the head of the line for as long as the head fits. */
  serve(): void {
    for (let waiting = this.line.head; waiting !== undefined; waiting = this.line.head) {
      if (this.granted + waiting.count > this.permits) return;
      this.line.remove(waiting);
      this.granted += waiting.count;
      waiting.resolve(new Permit(this, waiting.count));
    }
  }

  tooMany(asked: number): KernelError {
    return new KernelError("KERNEL_PERMITS_TOO_MANY", { asked, permits: this.permits });
  }
}
