import type { CancelLink } from "../context/cancel-link.ts";
import type { ContextNode } from "../context/context-node.ts";

/** A task that waits for a slot of its scope's limit, or for its cancellation. */
export class QueuedStart implements CancelLink {
  declare upstream: ContextNode | undefined;
  declare previous: CancelLink | undefined;
  declare next: CancelLink | undefined;
  readonly start: () => void;
  private readonly drop: (self: QueuedStart) => void;

  constructor(start: () => void, drop: (self: QueuedStart) => void) {
    this.upstream = undefined;
    this.previous = undefined;
    this.next = undefined;
    this.start = start;
    this.drop = drop;
  }

  onCancelled(): void {
    this.drop(this);
  }
}
