import type { Context } from "../context/context.ts";
import { nodeOf } from "../context/context-node.ts";
import { asyncDispose, dispose } from "../dispose.ts";
import { InvalidArgumentError, KernelError } from "../errors.ts";
import { Line } from "../line.ts";
import { reportFailure } from "../task/failures.ts";
import { spend } from "../time/turn.ts";
import type { Receiver, Sender } from "./ends.ts";
import { Ring } from "./ring.ts";
import { ParkedReceive, ParkedSend, type WaitingReceiver, type WaitingSender } from "./waiting.ts";

export interface ChannelOptions<T> {
  readonly name?: string;
  /** Gets each value that was accepted and will never be received, because the channel was disposed. */
  readonly onUndelivered?: (value: T) => void;
}

type Result<T> = IteratorResult<T, undefined>;

const DONE: Promise<void> = Promise.resolve();
const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A bounded queue between tasks; with capacity 0 a meeting point.
 *
 * Shape      FIFO for values, and FIFO for waiting senders and receivers; any number of both.
 * Units      `capacity` and `length` in values.
 * Bounds     never more than `capacity` values; a full channel makes `send` wait and `trySend` say false.
 *            A cancelled operation moves no value, a completed one exactly one (KN-34, KN-35).
 * Cost       O(1) per operation, also for cancelling one of many waiters.
 * Errors     KERNEL_CHANNEL_CLOSED from `send` and `trySend` after `close`; the cancel error of `ctx`.
 */
export class Channel<T> implements Sender<T>, Receiver<T>, Disposable {
  readonly capacity: number;
  readonly name: string;
  private readonly buffer = new Ring<T>();
  private readonly senders = new Line<WaitingSender<T>>();
  private readonly receivers = new Line<WaitingReceiver<T>>();
  private readonly onUndelivered: ((value: T) => void) | undefined;
  private isClosed = false;
  private drainedPromise: Promise<void> | undefined = undefined;
  private resolveDrained: (() => void) | undefined = undefined;

  constructor(capacity = 0, options: ChannelOptions<T> = {}) {
    if (!Number.isSafeInteger(capacity) || capacity < 0) {
      throw new InvalidArgumentError("capacity", "a whole number of 0 or more", capacity);
    }
    this.capacity = capacity;
    this.name = options.name ?? "channel";
    this.onUndelivered = options.onUndelivered;
  }

  get length(): number {
    return this.buffer.length;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  /** Resolves once the channel is closed and its last value has been taken. */
  get drained(): Promise<void> {
    if (this.drainedPromise === undefined) {
      this.drainedPromise =
        this.empty && this.isClosed ? DONE : new Promise((resolve) => (this.resolveDrained = resolve));
    }
    return this.drainedPromise;
  }

  /** Waits until the value is received, or is in the buffer. Rejected means: the caller still has it. */
  send(value: T, ctx?: Context): Promise<void> {
    const node = ctx === undefined ? undefined : nodeOf(ctx);
    const refused = node?.cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    if (this.isClosed) return Promise.reject(this.closedError());
    if (this.place(value)) return spend() ?? DONE;
    const parked = new ParkedSend(value);
    this.senders.push(parked);
    if (node !== undefined) parked.park(node, "send", this.name);
    return parked.promise;
  }

  /** False when there is neither a waiting receiver nor room. */
  trySend(value: T): boolean {
    if (this.isClosed) throw this.closedError();
    return this.place(value);
  }

  /** Waits for the next value; `done` once the channel is closed and empty. */
  receive(ctx?: Context): Promise<Result<T>> {
    const node = ctx === undefined ? undefined : nodeOf(ctx);
    const refused = node?.cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    const result = this.tryReceive();
    if (result !== undefined) {
      const pause = spend();
      return pause === undefined ? Promise.resolve(result) : pause.then(() => result);
    }
    const parked = new ParkedReceive<T>();
    this.receivers.push(parked);
    if (node !== undefined) parked.park(node, "receive", this.name);
    return parked.promise;
  }

  /** Undefined when there is no value now, though one may still come. */
  tryReceive(): Result<T> | undefined {
    if (this.buffer.length > 0) {
      const value = this.buffer.shift();
      const sender = this.senders.shift();
      if (sender !== undefined) {
        this.buffer.push(sender.value);
        sender.accepted();
      }
      this.afterTake();
      return { done: false, value };
    }
    const sender = this.senders.shift();
    if (sender === undefined) return this.isClosed ? END : undefined;
    sender.accepted();
    this.afterTake();
    return { done: false, value: sender.value };
  }

  /** No more sends. What was sent before, also by senders still waiting, can be received. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (!this.empty) return;
    for (let waiting = this.receivers.shift(); waiting !== undefined; waiting = this.receivers.shift()) {
      waiting.deliver(END);
    }
    this.afterTake();
  }

  /** Iterates until closed and empty. Leaving the loop does not close the channel. */
  values(ctx?: Context): AsyncIterableIterator<T, undefined> {
    const iterator = {
      next: () => this.receive(ctx),
      return: () => Promise.resolve(END),
      [Symbol.asyncIterator]: () => iterator,
      [asyncDispose]: () => DONE,
    };
    return iterator;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return this.values();
  }

  /** Closes, refuses waiting senders and gives what is left in the buffer to `onUndelivered`. */
  [dispose](): void {
    this.isClosed = true;
    const left: T[] = [];
    while (this.buffer.length > 0) left.push(this.buffer.shift());
    for (let sender = this.senders.shift(); sender !== undefined; sender = this.senders.shift()) {
      sender.refused(this.closedError());
    }
    for (let waiting = this.receivers.shift(); waiting !== undefined; waiting = this.receivers.shift()) {
      waiting.deliver(END);
    }
    this.afterTake();
    for (const value of left) this.undelivered(value);
  }

  /** For select: stands in line with a value. The channel is known to be open and full. */
  awaitRoom(entry: WaitingSender<T>): void {
    this.senders.push(entry);
  }

  /** For select: stands in line for a value. The channel is known to be open and empty. */
  awaitValue(entry: WaitingReceiver<T>): void {
    this.receivers.push(entry);
  }

  private get empty(): boolean {
    return this.buffer.length === 0 && this.senders.head === undefined;
  }

  private place(value: T): boolean {
    const receiver = this.receivers.shift();
    if (receiver !== undefined) {
      receiver.deliver({ done: false, value });
      return true;
    }
    if (this.buffer.length >= this.capacity) return false;
    this.buffer.push(value);
    return true;
  }

  private afterTake(): void {
    if (!this.isClosed || this.resolveDrained === undefined || !this.empty) return;
    this.resolveDrained();
    this.resolveDrained = undefined;
  }

  private undelivered(value: T): void {
    try {
      this.onUndelivered?.(value);
    } catch (error) {
      // The other values must still be handed over, and dispose has no caller who expects this one's error.
      reportFailure(error, `onUndelivered of ${this.name}`);
    }
  }

  private closedError(): KernelError {
    return new KernelError("KERNEL_CHANNEL_CLOSED", { name: this.name });
  }
}
