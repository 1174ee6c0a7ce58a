import type { Context } from "./context/context.ts";
import { nodeOf } from "./context/context-node.ts";
import { Parked, type Waitable } from "./parked.ts";
import { probe } from "./task/probe.ts";

/** Everybody who waits for the same thing; they are told at once. */
export class Waiters<T> implements Waitable<Parked<T>> {
  private readonly waiting = new Set<Parked<T>>();

  get count(): number {
    return this.waiting.size;
  }

  /** Waits for `resolve` or `reject`; ends with the cancel error when the context is cancelled before. */
  wait(ctx: Context | undefined, verb: string, object: string): Promise<T> {
    const node = ctx === undefined ? undefined : nodeOf(ctx);
    const refused = node?.cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    const waiter = new Parked<T>(this, undefined);
    this.waiting.add(waiter);
    if (node !== undefined) waiter.park(node, verb, object);
    else if (probe !== undefined) waiter.note(verb, object);
    return waiter.promise;
  }

  abandoned(wait: Parked<T>): void {
    this.waiting.delete(wait);
  }

  resolve(value: T): void {
    for (const waiter of this.leave()) waiter.resolve(value);
  }

  reject(error: unknown): void {
    for (const waiter of this.leave()) waiter.reject(error);
  }

  private leave(): readonly Parked<T>[] {
    const all = [...this.waiting];
    this.waiting.clear();
    return all;
  }
}
