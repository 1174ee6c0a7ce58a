import type { ContextNode } from "./context-node.ts";

/**
 * One entry in a context's list of what to tell when it is cancelled: a derived context, a parked wait, a callback.
 * The links live in the entry itself, so leaving the list is O(1) and leaves nothing behind.
 */
export abstract class CancelLink {
  /** The context whose list this entry is in; undefined when it is in none. */
  upstream: ContextNode | undefined = undefined;
  previous: CancelLink | undefined = undefined;
  next: CancelLink | undefined = undefined;

  /** Called once, after the whole tree is marked and this entry is out of the list. */
  abstract onCancelled(source: ContextNode): void;
}
