import type { Socket } from "node:net";
import { encodeFrame } from "./codec.ts";
import type { Frame, FrameKind, Frames } from "./codec.ts";
import { FrameCutter } from "./frame-cutter.ts";

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
  private isCorked = false;
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
    return this.socket.writableLength;
  }

  send<K extends FrameKind>(kind: K, body: Frames[K]): void {
    this.write(encodeFrame(kind, body));
  }

  /** A frame that is bytes already, perhaps shared with other links. */
  write(frame: Buffer): void {
    const { socket } = this;
    if (this.isOver || socket.destroyed) return;
    if (socket.writableLength > this.limitBytes) {
      this.cut(new Error(`the other end does not read: ${socket.writableLength} bytes wait`));
      return;
    }
    if (!this.isCorked) {
      this.isCorked = true;
      socket.cork();
      process.nextTick(uncork, this);
    }
    socket.write(frame);
  }

  /** Everything written goes out, then the socket ends. */
  end(): void {
    this.flush();
    this.socket.end();
  }

  /** Ends it now. */
  cut(error?: Error): void {
    this.failure ??= error;
    this.socket.destroy();
  }

  flush(): void {
    if (!this.isCorked) return;
    this.isCorked = false;
    this.socket.uncork();
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
function uncork(link: LinkSocket): void {
  link.flush();
}
