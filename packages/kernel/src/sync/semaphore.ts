import type { Context } from "../context/context.ts";
import { nodeOf } from "../context/context-node.ts";
import { InvalidArgumentError } from "../errors.ts";
import { holderOf } from "../task/lock-note.ts";
import { probe } from "../task/probe.ts";
import { PermitPool } from "./permit-pool.ts";

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
  readonly #pool: PermitPool;

  constructor(permits: number, options: { readonly name?: string } = {}) {
    this.name = options.name ?? "semaphore";
    this.#pool = new PermitPool(checkedPermits(permits), this.name);
  }

  /** Permits free now; 0 while more are out than there are. */
  get available(): number {
    return this.#pool.available;
  }

  /** Waits for `count` permits; dispose what it gives to return them. */
  acquire(count = 1, ctx?: Context): Promise<Disposable> {
    const node = ctx === undefined ? undefined : nodeOf(ctx);
    const refused = node?.cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    if (!isWhole(count, 1)) return Promise.reject(notWhole("count", 1, count));
    const pool = this.#pool;
    const permit = pool.take(count, holderOf(node));
    if (permit !== undefined) return Promise.resolve(permit);
    if (count > pool.permits) return Promise.reject(pool.tooMany(count));
    const parked = pool.queue(count);
    const { note } = pool.holding;
    if (node !== undefined) parked.park(node, "acquire", this.name, note);
    else if (probe !== undefined) parked.note("acquire", this.name, note);
    return parked.promise;
  }

  /** Undefined when they are not free, or others wait already. */
  tryAcquire(count = 1): Disposable | undefined {
    if (!isWhole(count, 1)) throw notWhole("count", 1, count);
    return this.#pool.take(count, holderOf(undefined));
  }

  /** Sets the number of permits. Requests in line that are now too large are refused. */
  resize(permits: number): void {
    this.#pool.resize(checkedPermits(permits));
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
