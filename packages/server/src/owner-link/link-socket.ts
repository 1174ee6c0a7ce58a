import type { Socket } from "node:net";
import { encodeFrame } from "./codec.ts";
import type { Frame, FrameKind, Frames } from "./codec.ts";
import { FrameCutter } from "./frame-cutter.ts";

/** What is copied together into one write at most: small frames cost the system call, large ones the copy. */
const GATHER_MAX_BYTES = 65_536;

export interface LinkHandlers {
  frame(frame: Frame): void;
  /** Once, whoever ended it; `error` when it was not in good order. */
  ended(error: Error | undefined): void;
}

/**
 * One end of a link: frames over a stream socket.
 *
 * Shape      what is written in one turn of the event loop goes out in one system call.
 * Bounds     bytes that the system has not taken are at most `limitBytes` and one frame: over it the link is cut, for
 *            the other end does not read. Nobody waits for it, nothing grows.
 * Errors     none thrown; bad bytes end this link with SERVER_LINK_BAD_BYTES.
 */
export class LinkSocket {
  private readonly socket: Socket;
  private readonly limitBytes: number;
  private readonly handlers: LinkHandlers;
  private readonly cutter = new FrameCutter();
  /** Written in this turn of the event loop, not handed to the socket yet. */
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;
  private isOver = false;
  private failure: Error | undefined;

  constructor(socket: Socket, limitBytes: number, handlers: LinkHandlers) {
    this.socket = socket;
    this.limitBytes = limitBytes;
    this.handlers = handlers;
    socket.on("data", (chunk) => this.take(chunk));
    socket.once("error", (error) => this.cut(error));
    socket.once("close", () => this.close());
  }

  /** Bytes that the system has not taken. */
  get unsentBytes(): number {
    return this.socket.writableLength + this.gatheredBytes;
  }

  send<K extends FrameKind>(kind: K, body: Frames[K]): void {
    this.write(encodeFrame(kind, body));
  }

  /** A frame that is bytes already, perhaps shared with other links. */
  write(frame: Buffer): void {
    if (this.isOver || this.socket.destroyed) return;
    if (this.unsentBytes > this.limitBytes) {
      this.cut(new Error(`the other end does not read: ${this.unsentBytes} bytes wait`));
      return;
    }
    if (this.gathered.length === 0) process.nextTick(flush, this);
    this.gathered.push(frame);
    this.gatheredBytes += frame.length;
    if (this.gatheredBytes >= GATHER_MAX_BYTES) this.flush();
  }

  /** Everything written goes out, then the socket ends, whether the other end ends its side or not. */
  end(): void {
    this.flush();
    this.socket.destroySoon();
  }

  /** Ends it now. */
  cut(error?: Error): void {
    this.failure ??= error;
    this.socket.destroy();
  }

  flush(): void {
    const { gathered, socket } = this;
    const [first] = gathered;
    if (first === undefined) return;
    this.gathered = [];
    this.gatheredBytes = 0;
    if (!socket.destroyed) socket.write(gathered.length === 1 ? first : Buffer.concat(gathered));
  }

  private take(chunk: Buffer): void {
    try {
      for (const frame of this.cutter.push(chunk)) {
        if (this.isOver || this.socket.destroyed) return;
        this.handlers.frame(frame);
      }
    } catch (error) {
      this.cut(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private close(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.handlers.ended(this.failure);
  }
}

/** After everything that this turn still does, promises too. */
function flush(link: LinkSocket): void {
  link.flush();
}
