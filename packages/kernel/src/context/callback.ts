import { dispose } from "../dispose.ts";
import { reportFailure } from "../task/failures.ts";
import type { CancelLink } from "./cancel-link.ts";
import type { ContextNode } from "./context-node.ts";

/** One subscription of `onCancel`. */
export class Callback implements CancelLink, Disposable {
  declare upstream: ContextNode | undefined;
  declare previous: CancelLink | undefined;
  declare next: CancelLink | undefined;
  private fn: ((cause: unknown) => void) | undefined;

  constructor(fn: (cause: unknown) => void) {
    this.upstream = undefined;
    this.previous = undefined;
    this.next = undefined;
    this.fn = fn;
  }

  onCancelled(source: ContextNode): void {
    try {
      this.fn?.(source.cause);
    } catch (error) {
      // A listener belongs to nobody who could catch; the others still have to be told.
      reportFailure(error, `onCancel of ${source.name}`);
    }
  }

  [dispose](): void {
    // It may be out of the list already, about to be told.
    this.fn = undefined;
    this.upstream?.unlink(this);
  }
}
