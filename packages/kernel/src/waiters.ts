import type { Context } from "./context/context.ts";
import { nodeOf } from "./context/context-node.ts";
import { Parked } from "./parked.ts";
import { probe } from "./task/probe.ts";

class Waiter<T> extends Parked<T> {
  private readonly all: Set<Waiter<T>>;

  constructor(all: Set<Waiter<T>>) {
    super();
    this.all = all;
    all.add(this);
  }

  protected override withdraw(): void {
    this.all.delete(this);
  }
}

/** Everybody who waits for the same thing; they are told at once. */
export class Waiters<T> {
  private readonly waiting = new Set<Waiter<T>>();

  get count(): number {
    return this.waiting.size;
  }

  /** Waits for `resolve` or `reject`; ends with the cancel error when the context is cancelled before. */
  wait(ctx: Context | undefined, verb: string, object: string): Promise<T> {
    const node = ctx === undefined ? undefined : nodeOf(ctx);
    const refused = node?.cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    const waiter = new Waiter(this.waiting);
    if (node !== undefined) waiter.park(node, verb, object);
    else if (probe !== undefined) waiter.note(verb, object);
    return waiter.promise;
  }

  resolve(value: T): void {
    for (const waiter of this.leave()) waiter.resolve(value);
  }

  reject(error: unknown): void {
    for (const waiter of this.leave()) waiter.reject(error);
  }

  private leave(): readonly Waiter<T>[] {
    const all = [...this.waiting];
    this.waiting.clear();
    return all;
  }
}
