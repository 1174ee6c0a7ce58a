import type { Context } from "../context/context.ts";
import { nodeOf } from "../context/context-node.ts";
import { dispose } from "../dispose.ts";
import { InvalidArgumentError, KernelError } from "../errors.ts";
import { Line, type LineEntry } from "../line.ts";
import { Parked } from "../parked.ts";

class Permit implements Disposable {
  private owner: Semaphore | undefined;
  private readonly count: number;

  constructor(owner: Semaphore, count: number) {
    this.owner = owner;
    this.count = count;
  }

  [dispose](): void {
    const { owner } = this;
    this.owner = undefined;
    owner?.giveBack(this.count);
  }
}

class ParkedAcquire extends Parked<Disposable> implements LineEntry<ParkedAcquire> {
  line: Line<ParkedAcquire> | undefined = undefined;
  before: ParkedAcquire | undefined = undefined;
  after: ParkedAcquire | undefined = undefined;
  readonly count: number;
  private readonly owner: Semaphore;

  constructor(owner: Semaphore, count: number) {
    super();
    this.owner = owner;
    this.count = count;
  }

  protected override withdraw(): void {
    this.line?.remove(this);
    // Whoever stood behind a large request may fit now.
    this.owner.giveBack(0);
  }
}

/**
 * Weighted permits; the wait for them is first come, first served.
 *
 * Units      permits, whole numbers.
 * Bounds     never more granted than there are, except after `resize` to fewer, until they come back; a large
 *            request is not overtaken by small ones (KN-51); a cancelled one keeps no permit (KN-52).
 * Cost       O(1), plus O(granted) when permits come back.
 * Errors     KERNEL_PERMITS_TOO_MANY for a request that could never be granted.
 */
export class Semaphore {
  readonly name: string;
  private permits: number;
  private granted = 0;
  private readonly line = new Line<ParkedAcquire>();

  constructor(permits: number, options: { readonly name?: string } = {}) {
    this.permits = checkedPermits(permits);
    this.name = options.name ?? "semaphore";
  }

  /** Permits free now; 0 while more are out than there are. */
  get available(): number {
    return Math.max(0, this.permits - this.granted);
  }

  /** Waits for `count` permits; dispose what it gives to return them. */
  acquire(count = 1, ctx?: Context): Promise<Disposable> {
    const node = ctx === undefined ? undefined : nodeOf(ctx);
    const refused = node?.cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    if (!isWhole(count, 1)) return Promise.reject(notWhole("count", 1, count));
    const permit = this.tryAcquire(count);
    if (permit !== undefined) return Promise.resolve(permit);
    if (count > this.permits) return Promise.reject(this.tooMany(count));
    const parked = new ParkedAcquire(this, count);
    this.line.push(parked);
    if (node !== undefined) parked.park(node, "acquire", this.name);
    return parked.promise;
  }

  /** Undefined when they are not free, or others wait already. */
  tryAcquire(count = 1): Disposable | undefined {
    if (!isWhole(count, 1)) throw notWhole("count", 1, count);
    if (this.line.head !== undefined || this.granted + count > this.permits) return undefined;
    this.granted += count;
    return new Permit(this, count);
  }

  /** Sets the number of permits. Requests in line that are now too large are refused. */
  resize(permits: number): void {
    this.permits = checkedPermits(permits);
    for (let waiting = this.line.head; waiting !== undefined;) {
      const { after } = waiting;
      if (waiting.count > permits) {
        this.line.remove(waiting);
        waiting.reject(this.tooMany(waiting.count));
      }
      waiting = after;
    }
    this.giveBack(0);
  }

  /** Only for what this semaphore made: takes permits back and serves the line. */
  giveBack(count: number): void {
    this.granted -= count;
    for (let waiting = this.line.head; waiting !== undefined; waiting = this.line.head) {
      if (this.granted + waiting.count > this.permits) return;
      this.line.remove(waiting);
      this.granted += waiting.count;
      waiting.resolve(new Permit(this, waiting.count));
    }
  }

  private tooMany(asked: number): KernelError {
    return new KernelError("KERNEL_PERMITS_TOO_MANY", { asked, permits: this.permits });
  }
}

function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

function notWhole(name: string, least: number, value: number): InvalidArgumentError {
  return new InvalidArgumentError(name, `a whole number of ${least} or more`, value);
}

function checkedPermits(permits: number): number {
  if (isWhole(permits, 0)) return permits;
  throw notWhole("permits", 0, permits);
}
