import { InvalidArgumentError } from "../errors.ts";
import type { Receiver, Sender } from "./ends.ts";
import { exchangeOf } from "./channel.ts";
import type { Exchange } from "./exchange.ts";

declare const RESULT: unique symbol;

/** One alternative of a select; `T` is what it gives when it is chosen. */
export interface Case<out T> {
  readonly [RESULT]?: T;
}

/** Takes a value; without a channel it is never ready. */
export class ReceiveCase implements Case<IteratorResult<unknown, undefined>> {
  declare readonly [RESULT]?: IteratorResult<unknown, undefined>;
  readonly exchange: Exchange<unknown> | undefined;

  constructor(channel: object | null | undefined) {
    this.exchange = channel === null || channel === undefined ? undefined : exchangeOf(channel);
  }
}

/** Gives a value; without a channel it is never ready. */
export class SendCase implements Case<void> {
  declare readonly [RESULT]?: void;
  readonly exchange: Exchange<unknown> | undefined;
  readonly value: unknown;

  constructor(channel: object | null | undefined, value: unknown) {
    this.exchange = channel === null || channel === undefined ? undefined : exchangeOf(channel);
    this.value = value;
  }
}

/** Becomes ready when its time has passed. */
export class AfterCase implements Case<void> {
  declare readonly [RESULT]?: void;
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/** A case that receives from a channel. Null or undefined: never ready, so a case can be switched off. */
export function recv<T>(channel: Receiver<T> | null | undefined): Case<IteratorResult<T, undefined>> {
  return new ReceiveCase(channel) as Case<IteratorResult<T, undefined>>;
}

/** A case that sends to a channel. Null or undefined: never ready. The value is evaluated once, chosen or not. */
export function send<T>(channel: Sender<T> | null | undefined, value: T): Case<void> {
  return new SendCase(channel, value);
}

/** A case that is chosen when nothing else was ready for `ms`. */
export function after(ms: number): Case<void> {
  if (ms >= 0) return new AfterCase(ms);
  throw new InvalidArgumentError("ms", "0 or more", ms);
}
