import { protocolError } from "@barrage/protocol";
import type { BarrageError } from "@barrage/protocol";
import { isStoreError } from "../errors.ts";
import type { StoreErrorCode } from "../errors.ts";
import { stopsWriting } from "../sqlite-failure.ts";

type Failure = BarrageError<StoreErrorCode>;

type State =
  | { readonly kind: "open" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "closed" };

const OPEN: State = { kind: "open" };

/** Whether the log takes appends, and what whoever asks is told when it does not. */
export class LogHealth {
  private state: State = OPEN;
  private readonly onFailure: (failure: Failure) => void;

  /** `onFailure` is called at each change from open to failed. */
  constructor(onFailure: (failure: Failure) => void) {
    this.onFailure = onFailure;
  }

  get failure(): Failure | undefined {
    return this.state.kind === "failed" ? this.state.failure : undefined;
  }

  /** Only a full disk mends itself: after any other failure nobody knows what the file holds until it is opened anew. */
  get mayRecover(): boolean {
    return this.failure?.code === "STORE_DISK_FULL";
  }

  /** Why no append is taken; undefined when one is. */
  get refusal(): BarrageError | undefined {
    switch (this.state.kind) {
      case "open":
        return undefined;
      case "failed":
        return protocolError("BARRAGE_LOG_UNAVAILABLE", {}, this.state.failure);
      case "closed":
        return protocolError("BARRAGE_DRAINING");
    }
  }

  /** Notes what an operation failed with and returns what its caller is told. */
  failed(error: unknown): unknown {
    if (!isStoreError(error)) return error;
    if (stopsWriting(error)) this.stop(error);
    return protocolError("BARRAGE_LOG_UNAVAILABLE", {}, error);
  }

  recovered(): void {
    if (this.state.kind === "failed") this.state = OPEN;
  }

  close(): void {
    this.state = { kind: "closed" };
  }

  private stop(failure: Failure): void {
    if (this.state.kind === "closed") return;
    const wasOpen = this.state.kind === "open";
    // A full disk may turn out to be a broken one; never the other way round.
    if (wasOpen || this.mayRecover) this.state = { kind: "failed", failure };
    if (wasOpen) this.onFailure(failure);
  }
}
