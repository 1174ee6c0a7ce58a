import type { Context } from "../context/context.ts";
import { nodeOf } from "../context/context-node.ts";
import { asyncDispose, dispose } from "../dispose.ts";
import { InvalidArgumentError, KernelError } from "../errors.ts";
import { Parked } from "../parked.ts";
import { reportFailure } from "../task/failures.ts";
import { probe } from "../task/probe.ts";
import { nextTurn, nextTurnWith, spent } from "../time/turn.ts";
import type { Receiver, Sender } from "./ends.ts";
import { Exchange, type Taken } from "./exchange.ts";

export interface ChannelOptions<T> {
  readonly name?: string;
  /** Gets each value that was accepted and will never be received, because the channel was disposed. */
  readonly onUndelivered?: (value: T) => void;
}

const DONE: Promise<void> = Promise.resolve();

/** The state behind a channel, for select; an error for what is no channel of this copy of the kernel. */
export let exchangeOf: (end: object) => Exchange<unknown>;

/**
 * A bounded queue between tasks; with capacity 0 a meeting point.
 *
 * Shape      FIFO for values, and FIFO for waiting senders and receivers; any number of both.
 * Units      `capacity` and `length` in values.
 * Bounds     never more than `capacity` values; a full channel makes `send` wait and `trySend` say false.
 *            A cancelled operation moves no value, a completed one exactly one (KN-44, KN-45).
 * Cost       O(1) per operation, also for cancelling one of many waiters.
 * Errors     KERNEL_CHANNEL_CLOSED from `send` and `trySend` after `close`; the cancel error of `ctx`.
 */
export class Channel<T> implements Sender<T>, Receiver<T>, Disposable {
  readonly #exchange: Exchange<T>;
  readonly #onUndelivered: ((value: T) => void) | undefined;
  #drained: Promise<void> | undefined = undefined;

  static {
    exchangeOf = (end) => {
      if (#exchange in end) return end.#exchange;
      throw new KernelError("KERNEL_FOREIGN", { name: "channel" });
    };
  }

  constructor(capacity = 0, options: ChannelOptions<T> = {}) {
    if (!Number.isSafeInteger(capacity) || capacity < 0) {
      throw new InvalidArgumentError("capacity", "a whole number of 0 or more", capacity);
    }
    this.#exchange = new Exchange(capacity, options.name ?? "channel");
    this.#onUndelivered = options.onUndelivered;
  }

  get name(): string {
    return this.#exchange.name;
  }

  get capacity(): number {
    return this.#exchange.capacity;
  }

  get length(): number {
    return this.#exchange.buffer.length;
  }

  get closed(): boolean {
    return this.#exchange.closed;
  }

  /** Resolves once the channel is closed and its last value has been taken. */
  get drained(): Promise<void> {
    const exchange = this.#exchange;
    return (this.#drained ??= exchange.drained
      ? DONE
      : new Promise((resolve) => {
          exchange.onDrained = resolve;
        }));
  }

  /** Waits until the value is received, or is in the buffer. Rejected means: the caller still has it. */
  send(value: T, ctx?: Context): Promise<void> {
    const node = ctx === undefined ? undefined : nodeOf(ctx);
    const refused = node?.cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    const exchange = this.#exchange;
    if (exchange.closed) return Promise.reject(exchange.closedError());
    if (exchange.place(value)) return spent() ? nextTurn() : DONE;
    const parked = new Parked<void, T>(exchange, value);
    exchange.senders.push(parked);
    if (node !== undefined) parked.park(node, "send", exchange.name);
    else if (probe !== undefined) parked.note("send", exchange.name);
    return parked.promise;
  }

  /** False when there is neither a waiting receiver nor room. */
  trySend(value: T): boolean {
    if (this.#exchange.closed) throw this.#exchange.closedError();
    return this.#exchange.place(value);
  }

  /** Waits for the next value; `done` once the channel is closed and empty. */
  receive(ctx?: Context): Promise<Taken<T>> {
    const node = ctx === undefined ? undefined : nodeOf(ctx);
    const refused = node?.cancelError;
    if (refused !== undefined) return Promise.reject(refused);
    const exchange = this.#exchange;
    const taken = exchange.take();
    if (taken !== undefined) {
      return spent() ? nextTurnWith(taken) : Promise.resolve(taken);
    }
    const parked = new Parked<Taken<T>>(exchange, undefined);
    exchange.receivers.push(parked);
    if (node !== undefined) parked.park(node, "receive", exchange.name);
    else if (probe !== undefined) parked.note("receive", exchange.name);
    return parked.promise;
  }

  /** Undefined when there is no value now, though one may still come. */
  tryReceive(): Taken<T> | undefined {
    return this.#exchange.take();
  }

  /** No more sends. What was sent before, also by senders still waiting, can be received. */
  close(): void {
    this.#exchange.close();
  }

  /** Iterates until closed and empty. Leaving the loop does not close the channel. */
  values(ctx?: Context): AsyncIterableIterator<T, undefined> {
    const iterator = {
      next: () => this.receive(ctx),
      return: () => Promise.resolve<Taken<T>>({ done: true, value: undefined }),
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
    for (const value of this.#exchange.abandon()) this.#undelivered(value);
  }

  #undelivered(value: T): void {
    try {
      this.#onUndelivered?.(value);
    } catch (error) {
      // The other values must still be handed over, and dispose has no caller who expects this one's error.
      reportFailure(error, `onUndelivered of ${this.name}`);
    }
  }
}
