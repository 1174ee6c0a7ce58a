import { CancelLink } from "../context/cancel-link.ts";

/** A task that waits for a slot of its scope's limit, or for its cancellation. */
export class QueuedStart extends CancelLink {
  readonly start: () => void;
  private readonly drop: (self: QueuedStart) => void;

  constructor(start: () => void, drop: (self: QueuedStart) => void) {
    super();
    this.start = start;
    this.drop = drop;
  }

  override onCancelled(): void {
    this.drop(this);
  }
}
