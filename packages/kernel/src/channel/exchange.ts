import { KernelError } from "../errors.ts";
import { Line } from "../line.ts";
import type { Waitable } from "../parked.ts";
import { currentRecord, probe, syncObserver } from "../task/probe.ts";
import { Ring } from "./ring.ts";
import type { WaitingReceiver, WaitingSender } from "./waiting.ts";

export type Taken<T> = IteratorResult<T, undefined>;

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The state of a channel: who meets whom. Every method is one synchronous step, so nothing can happen in the middle
 * of a hand-over; promises, contexts and budgets are the business of the channel around it.
 *
 * Bounds     receivers wait only while there is nothing to take, senders only while there is no room; both lines are
 *            occupied at once only by arms of the same select.
 */
export class Exchange<T> implements Waitable<object> {
  readonly capacity: number;
  readonly name: string;
  readonly buffer = new Ring<T>();
  readonly senders = new Line<WaitingSender<T>>();
  readonly receivers = new Line<WaitingReceiver<T>>();
  closed = false;
  /** Called once, when the channel is closed and its last value has left. */
  onDrained: (() => void) | undefined = undefined;

  constructor(capacity: number, name: string) {
    this.capacity = capacity;
    this.name = name;
  }

  get drained(): boolean {
    return this.closed && this.buffer.length === 0 && this.senders.head === undefined;
  }

  /** Can a value be placed now, or refused because of the close? */
  get takesSend(): boolean {
    return this.closed || this.receivers.head !== undefined || this.buffer.length < this.capacity;
  }

  /** Is there something to take now, or the end to tell of? */
  get givesReceive(): boolean {
    return this.closed || this.buffer.length > 0 || this.senders.head !== undefined;
  }

  /** Hands the value to a receiver or puts it in the buffer; false when there is neither. */
  place(value: T): boolean {
    const receiver = this.receivers.shift();
    if (receiver !== undefined) {
      syncObserver?.meet(currentRecord(), receiver.waiter);
      receiver.resolve({ done: false, value });
      return true;
    }
    if (this.buffer.length >= this.capacity) return false;
    this.buffer.push(value);
    syncObserver?.enqueue(this, this.capacity, currentRecord());
    return true;
  }

  /** The oldest value, the end, or undefined when there is nothing yet. */
  take(): Taken<T> | undefined {
    const { buffer } = this;
    if (buffer.length === 0) return this.takeFromSender();
    const value = buffer.shift();
    syncObserver?.dequeue(this, currentRecord());
    const sender = this.senders.shift();
    if (sender !== undefined) {
      buffer.push(sender.value);
      syncObserver?.enqueue(this, this.capacity, sender.waiter);
      sender.resolve();
    }
    if (this.closed) this.checkDrained();
    return { done: false, value };
  }

  private takeFromSender(): Taken<T> | undefined {
    const sender = this.senders.shift();
    if (sender === undefined) {
      if (!this.closed) return undefined;
      syncObserver?.acquire(this, currentRecord());
      return END;
    }
    syncObserver?.meet(sender.waiter, currentRecord());
    sender.resolve();
    if (this.closed) this.checkDrained();
    return { done: false, value: sender.value };
  }

  /** Somebody gave up; if a sender did, that may have been the last thing a closed channel had. */
  abandoned(): void {
    this.checkDrained();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    probe?.closed(this, this.name);
    syncObserver?.release(this, currentRecord());
    this.endReceivers();
    this.checkDrained();
  }

  /** Closes and empties it: waiting senders are refused, and what was accepted is given back. */
  abandon(): readonly T[] {
    if (!this.closed) probe?.closed(this, this.name);
    this.closed = true;
    const left: T[] = [];
    while (this.buffer.length > 0) left.push(this.buffer.shift());
    for (let sender = this.senders.shift(); sender !== undefined; sender = this.senders.shift()) {
      sender.reject(this.closedError());
    }
    this.endReceivers();
    this.checkDrained();
    return left;
  }

  closedError(): KernelError {
    const cause = probe?.closerOf(this);
    return new KernelError(
      "KERNEL_CHANNEL_CLOSED",
      { name: this.name },
      cause === undefined ? undefined : { cause },
    );
  }

  private endReceivers(): void {
    for (let waiting = this.receivers.shift(); waiting !== undefined; waiting = this.receivers.shift()) {
      syncObserver?.acquire(this, waiting.waiter);
      waiting.resolve(END);
    }
  }

  private checkDrained(): void {
    if (this.onDrained === undefined || !this.drained) return;
    const { onDrained } = this;
    this.onDrained = undefined;
    onDrained();
  }
}
