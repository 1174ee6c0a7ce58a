import type { Context } from "../context/context.ts";
import { dispose } from "../dispose.ts";
import { kernelCode } from "../errors.ts";
import { Waiters } from "../waiters.ts";
import { Channel, type ChannelOptions } from "./channel.ts";
import type { Receiver } from "./ends.ts";

/** What became of a value: `sent`; or refused because the end was announced, or because it has come. */
export type SendOutcome = "sent" | "closing" | "closed";

/**
 * One of those who send into a {@link TwoPhaseClose}. Disposing it says that it has sent its last.
 *
 * Errors     none because of a close: what became of a value is in the outcome. The cancel error of `ctx`.
 */
export interface Writer<T> extends Disposable {
  /** Has the end been announced? Then only `flush` sends. */
  readonly closing: boolean;
  /** Sends something new; refused with `closing` once the end is announced. */
  send(value: T, ctx?: Context): Promise<SendOutcome>;
  /** As `send`, with `full` instead of a wait. */
  trySend(value: T): SendOutcome | "full";
  /** Sends what was taken on before the announcement; allowed until the channel is closed. */
  flush(value: T, ctx?: Context): Promise<"sent" | "closed">;
}

interface Gate<T> {
  readonly channel: Channel<T>;
  readonly announced: boolean;
  left(): void;
}

class RegisteredWriter<T> implements Writer<T> {
  private readonly gate: Gate<T>;
  private gone = false;

  constructor(gate: Gate<T>) {
    this.gate = gate;
  }

  get closing(): boolean {
    return this.gone || this.gate.announced;
  }

  async send(value: T, ctx?: Context): Promise<SendOutcome> {
    return this.refusal() ?? this.put(value, ctx);
  }

  trySend(value: T): SendOutcome | "full" {
    const refusal = this.refusal();
    if (refusal !== undefined) return refusal;
    return this.gate.channel.trySend(value) ? "sent" : "full";
  }

  async flush(value: T, ctx?: Context): Promise<"sent" | "closed"> {
    return this.gone ? "closed" : this.put(value, ctx);
  }

  private refusal(): "closing" | "closed" | undefined {
    if (this.gone || this.gate.channel.closed) return "closed";
    return this.gate.announced ? "closing" : undefined;
  }

  private async put(value: T, ctx: Context | undefined): Promise<"sent" | "closed"> {
    if (this.gate.channel.closed) return "closed";
    try {
      await this.gate.channel.send(value, ctx);
      return "sent";
    } catch (error) {
      // Only a disposed channel refuses a send that waits: it was cut off while it did.
      if (kernelCode(error) === "KERNEL_CHANNEL_CLOSED") return "closed";
      throw error;
    }
  }

  [dispose](): void {
    if (this.gone) return;
    this.gone = true;
    this.gate.left();
  }
}

/**
 * A channel of many writers that can be closed without any of them sending on a closed channel.
 *
 * Shape      announce: no new writers, nothing new from the old ones; drain: each writer flushes what it has and
 *            leaves; close: the last one has left. Receivers then get what is still in it, and the end.
 * Bounds     `capacity` values, as in a channel.
 * Errors     from `close`, the cancel error of `ctx`; the channel is then announced and still open.
 */
export class TwoPhaseClose<T> implements Disposable {
  readonly #channel: Channel<T>;
  readonly #closed = new Waiters<void>();
  readonly #gate: Gate<T>;
  #announced = false;
  #writers = 0;

  constructor(capacity = 0, options: ChannelOptions<T> = {}) {
    const channel = new Channel<T>(capacity, options);
    const isAnnounced = (): boolean => this.#announced;
    this.#channel = channel;
    this.#gate = {
      channel,
      get announced() {
        return isAnnounced();
      },
      left: () => {
        this.#writers -= 1;
        this.#closeIfEmpty();
      },
    };
  }

  /** The end to receive from. */
  get receiver(): Receiver<T> {
    return this.#channel;
  }

  get state(): "open" | "announced" | "closed" {
    if (this.#channel.closed) return "closed";
    return this.#announced ? "announced" : "open";
  }

  /** Writers that have not left. */
  get writers(): number {
    return this.#writers;
  }

  /** A new writer; undefined once the end is announced. Whoever has one must dispose it, or the channel stays open. */
  writer(): Writer<T> | undefined {
    if (this.#announced) return undefined;
    this.#writers += 1;
    return new RegisteredWriter(this.#gate);
  }

  /** The first phase: writers learn that they are to end. Announcing twice is once. */
  announce(): void {
    this.#announced = true;
    this.#closeIfEmpty();
  }

  /** Announces, waits until every writer has left, and closes. Does not wait for receivers. */
  async close(ctx?: Context): Promise<void> {
    this.announce();
    if (!this.#channel.closed) await this.#closed.wait(ctx, "close", this.#channel.name);
  }

  /** Closes now: writers that wait learn `closed`, and what is in the buffer goes to `onUndelivered`. */
  [dispose](): void {
    this.#announced = true;
    this.#channel[dispose]();
    this.#closed.resolve();
  }

  #closeIfEmpty(): void {
    if (!this.#announced || this.#writers > 0) return;
    this.#channel.close();
    this.#closed.resolve();
  }
}
