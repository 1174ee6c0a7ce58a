import type { Line, LineEntry } from "../line.ts";
import { Parked } from "../parked.ts";
import type { TaskRecord } from "../task/task-record.ts";

/** Whoever stands in a channel's line for a value: one receive, or one arm of a select. */
export interface WaitingReceiver<T> extends LineEntry<WaitingReceiver<T>> {
  /** The task that waits, as far as known. */
  readonly waiter: TaskRecord | undefined;
  deliver(result: IteratorResult<T, undefined>): void;
}

/** Whoever stands in a channel's line with a value: one send, or one arm of a select. */
export interface WaitingSender<T> extends LineEntry<WaitingSender<T>> {
  readonly value: T;
  /** The task that waits, as far as known. */
  readonly waiter: TaskRecord | undefined;
  accepted(): void;
  refused(error: Error): void;
}

/** Where a waiting sender says that it gives up: its channel, which may be drained by that. */
export interface SenderWithdrawal<T> {
  withdrawSender(entry: WaitingSender<T>): void;
}

/** A receive that found nothing. */
export class ParkedReceive<T> extends Parked<IteratorResult<T, undefined>> implements WaitingReceiver<T> {
  declare line: Line<WaitingReceiver<T>> | undefined;
  declare before: WaitingReceiver<T> | undefined;
  declare after: WaitingReceiver<T> | undefined;

  constructor() {
    super();
    this.line = undefined;
    this.before = undefined;
    this.after = undefined;
  }

  deliver(result: IteratorResult<T, undefined>): void {
    this.resolve(result);
  }

  protected override withdraw(): void {
    this.line?.remove(this);
  }
}

/** A send that found no room. */
export class ParkedSend<T> extends Parked<void> implements WaitingSender<T> {
  declare line: Line<WaitingSender<T>> | undefined;
  declare before: WaitingSender<T> | undefined;
  declare after: WaitingSender<T> | undefined;
  declare readonly value: T;
  declare private readonly withdrawn: SenderWithdrawal<T>;

  constructor(value: T, withdrawn: SenderWithdrawal<T>) {
    super();
    this.line = undefined;
    this.before = undefined;
    this.after = undefined;
    this.value = value;
    this.withdrawn = withdrawn;
  }

  accepted(): void {
    this.resolve();
  }

  refused(error: Error): void {
    this.reject(error);
  }

  protected override withdraw(): void {
    this.withdrawn.withdrawSender(this);
  }
}
