import { dispose } from "../dispose.ts";
import { reportFailure } from "../task/failures.ts";
import { CancelLink } from "./cancel-link.ts";
import type { ContextNode } from "./context-node.ts";

/** One subscription of `onCancel`. */
export class Callback extends CancelLink implements Disposable {
  private fn: ((cause: unknown) => void) | undefined;

  constructor(fn: (cause: unknown) => void) {
    super();
    this.fn = fn;
  }

  override onCancelled(source: ContextNode): void {
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
