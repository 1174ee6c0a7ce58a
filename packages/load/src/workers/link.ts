import type { Socket } from "node:net";
import { Scope, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { framed, MessageCutter } from "./framing.ts";

/** Each side says that it lives. */
const BEAT_MS = 1_000;
/** A side that said nothing for so long is gone: ten beats, more than any pause of a loaded process. */
export const SILENCE_MS = 10_000;
/** Before the other side has shown the token. */
const STRANGER_BYTES = 4_096;
/** A plan that replays a long file, or the acknowledgements of a second: far below. */
const MESSAGE_BYTES = 256 * 1_024 * 1_024;
/** Bytes that may wait for a side that does not read. */
const UNREAD_BYTES = 256 * 1_024 * 1_024;

interface Message {
  readonly type: string;
}

export interface LinkEvents<In extends Message> {
  message(message: In): void;
  /** Once, unless closed on this side: why nothing comes any more. */
  ended(reason: string): void;
}

/**
 * A worker's and its controller's way to each other: messages over a socket, and a beat, so that each notices when the
 * other is gone.
 *
 * Bounds     `UNREAD_BYTES` wait for the other side at most, then the link ends; a message has at most `MESSAGE_BYTES`.
 */
export class Link<In extends Message, Out extends Message> implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #cutter: MessageCutter;
  readonly #ctx: Context;
  readonly #tasks: Scope;
  #events: LinkEvents<In> | undefined;
  /** Came while nobody listened; no more than one chunk's. */
  #held: In[] = [];
  #heardAt: number;
  #beats = false;
  #isClosed = false;
  #endedBy: string | undefined;

  constructor(socket: Socket, ctx: Context, options: { readonly isStranger: boolean }) {
    this.#socket = socket;
    this.#ctx = ctx;
    this.#cutter = new MessageCutter(options.isStranger ? STRANGER_BYTES : MESSAGE_BYTES);
    this.#tasks = new Scope(ctx, { name: "worker link" });
    this.#heardAt = ctx.clock.now();
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.#end(error.message));
    socket.on("close", () => this.#end("the connection is closed"));
    // Nothing is read, so nothing is lost, until somebody listens.
    socket.pause();
  }

  /** Begins to read, or goes on after `hold`. An end that came meanwhile is told at once. */
  listen(events: LinkEvents<In>): void {
    this.#events = events;
    this.#heardAt = this.#ctx.clock.now();
    if (this.#endedBy !== undefined) return events.ended(this.#endedBy);
    if (!this.#beats) this.#tasks.spawn((ctx) => this.#beat(ctx), { name: "beat" });
    this.#beats = true;
    const held = this.#held;
    this.#held = [];
    for (const message of held) this.#events.message(message);
    this.#socket.resume();
  }

  /** Reads no more until somebody listens again: what came behind a message that changed everything is for the next. */
  hold(): void {
    this.#events = undefined;
    this.#socket.pause();
  }

  /** The other side has shown that it knows the token. */
  trust(): void {
    this.#cutter.raise(MESSAGE_BYTES);
  }

  send(message: Out | { readonly type: "beat" }): void {
    if (this.#isOver) return;
    this.#socket.write(framed(message));
    if (this.#socket.writableLength > UNREAD_BYTES) this.#end("it does not read what it is sent");
  }

  /** Ends the way; what was sent before is still delivered to who reads it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#socket.destroySoon();
    // A machine that is gone must not keep this process from ending.
    this.#socket.unref();
    await this.#tasks[Symbol.asyncDispose]();
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#endedBy !== undefined;
  }

  async #beat(ctx: Context): Promise<void> {
    using beat = new Ticker(BEAT_MS, ctx);
    for await (const passed of beat) {
      // After a pause of our own, what the other side said meanwhile is not read yet.
      if (passed === 1 && this.#events !== undefined && ctx.clock.now() - this.#heardAt > SILENCE_MS)
        return this.#end(`it said nothing for ${SILENCE_MS / 1_000} s`);
      this.send({ type: "beat" });
    }
  }

  #read(chunk: Buffer): void {
    this.#heardAt = this.#ctx.clock.now();
    try {
      for (const message of this.#cutter.push(chunk)) {
        if (this.#isOver) return;
        if (message.type === "beat") continue;
        // Both sides are this package's, and of one protocol number.
        if (this.#events === undefined) this.#held.push(message as In);
        else this.#events.message(message as In);
      }
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error));
    }
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#endedBy = reason;
    this.#socket.destroy();
    this.#tasks.cancel();
    this.#events?.ended(reason);
  }
}
