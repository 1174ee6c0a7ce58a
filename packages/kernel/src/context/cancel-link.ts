import type { ContextNode } from "./context-node.ts";

/**
 * One entry in a context's list of what to tell when it is cancelled: a derived context, a parked wait, a callback.
 * The links live in the entry itself, so leaving the list is O(1) and leaves nothing behind.
 *
 * This class and those derived from it declare their fields and set them in the constructor: with initialisers V8
 * runs a function per class of the chain, which made a parked wait a third dearer (docs/perf/kernel.md).
 */
export abstract class CancelLink {
  /** The context whose list this entry is in; undefined when it is in none. */
  declare upstream: ContextNode | undefined;
  declare previous: CancelLink | undefined;
  declare next: CancelLink | undefined;

  constructor() {
    this.upstream = undefined;
    this.previous = undefined;
    this.next = undefined;
  }

  /** Called once, after the whole tree is marked and this entry is out of the list. */
  abstract onCancelled(source: ContextNode): void;
}
