import type { ContextNode } from "./context-node.ts";

/**
 * One entry in a context's list of what to tell when it is cancelled: a derived context, a parked wait, a callback.
 * The links live in the entry itself, so leaving the list is O(1) and leaves nothing behind.
 *
 * The classes that implement it on a hot path have no base class and set their fields in the constructor: V8 does not
 * inline `super()` nor field initialisers of a chain (docs/perf/kernel.md).
 */
export interface CancelLink {
  /** The context whose list this entry is in; undefined when it is in none. */
  upstream: ContextNode | undefined;
  previous: CancelLink | undefined;
  next: CancelLink | undefined;

  /** Called once, after the whole tree is marked and this entry is out of the list. */
  onCancelled(source: ContextNode): void;
}
