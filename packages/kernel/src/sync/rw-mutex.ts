import type { Context } from "../context/context.ts";
import { nodeOf } from "../context/context-node.ts";
import { holderOf } from "../task/lock-note.ts";
import { probe } from "../task/probe.ts";
import { type LockKind, RwLock } from "./rw-lock.ts";

/**
 * Many readers or one writer.
 *
 * Shape      phases: a waiting writer goes before readers that come after it, and the readers waiting when a writer
 *            ends go before the next writer, so neither side starves (KN-112). Not re-entrant, and a reader that
 *            asks for a second read lock waits behind a waiting writer: such a pair never ends.
 * Bounds     never a writer beside anybody else (KN-110); a cancelled wait holds nothing up (KN-113).
 * Cost       O(1), plus O(readers let in).
 * Errors     the cancel error of `ctx`.
 */
export class RWMutex {
  readonly name: string;
  readonly #lock: RwLock;

  constructor(options: { readonly name?: string } = {}) {
    this.name = options.name ?? "rwmutex";
    this.#lock = new RwLock(this.name);
  }

  /** How many hold the read lock. */
  get readers(): number {
    return this.#lock.readers;
  }

  /** Does somebody hold the write lock? */
  get writing(): boolean {
    return this.#lock.writing;
  }

  /** Waits for the write lock; dispose what it gives to unlock. */
  lock(ctx?: Context): Promise<Disposable> {
    return this.#acquire("write", ctx);
  }

  /** Waits for a read lock; dispose what it gives to unlock. */
  readLock(ctx?: Context): Promise<Disposable> {
    return this.#acquire("read", ctx);
  }

  /** Undefined when anybody holds the lock, or waits to write. */
  tryLock(): Disposable | undefined {
    return this.#lock.take("write", holderOf(undefined));
  }

  /** Undefined when somebody writes or waits to write. */
  tryReadLock(): Disposable | undefined {
    return this.#lock.take("read", holderOf(undefined));
  }

  #acquire(kind: LockKind, ctx: Context | undefined): Promise<Disposable> {
    const node = ctx === undefined ? undefined : nodeOf(ctx);
    const refused = node?.cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    const guard = this.#lock.take(kind, holderOf(node));
    if (guard !== undefined) return Promise.resolve(guard);
    const parked = this.#lock.queue(kind);
    const verb = kind === "write" ? "lock" : "read lock";
    const { note } = this.#lock.holding;
    if (node !== undefined) parked.park(node, verb, this.name, note);
    else if (probe !== undefined) parked.note(verb, this.name, note);
    return parked.promise;
  }
}
