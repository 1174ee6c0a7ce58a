import type { Context } from "../context/context.ts";

/** The sending end of a channel. */
export interface Sender<in T> {
  readonly closed: boolean;
  send(value: T, ctx?: Context): Promise<void>;
  trySend(value: T): boolean;
  close(): void;
}

/** The receiving end of a channel. */
export interface Receiver<out T> extends AsyncIterable<T, undefined> {
  readonly drained: Promise<void>;
  receive(ctx?: Context): Promise<IteratorResult<T, undefined>>;
  tryReceive(): IteratorResult<T, undefined> | undefined;
  values(ctx?: Context): AsyncIterableIterator<T, undefined>;
}
