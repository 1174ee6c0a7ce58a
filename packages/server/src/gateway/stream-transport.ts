import type { Duplex } from "node:stream";
import type { Transport } from "@barrage/engine";

const NOTHING = Buffer.alloc(0);

/** A bare byte stream, such as a TCP connection, as the engine sees it: a close ends it and has no code. */
export class StreamTransport implements Transport {
  private readonly socket: Duplex;

  constructor(socket: Duplex) {
    this.socket = socket;
  }

  write(bytes: Uint8Array): boolean {
    const { socket } = this;
    if (!socket.writable) return false;
    socket.write(bytes);
    // A peer that reset is often noticed by this very write: it has failed by now, and left nothing in the buffer.
    return socket.writable;
  }

  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  get isFlushed(): boolean {
    return this.socket.writableFinished;
  }

  /** An empty write, because it stands behind everything written before and is told when those are done. */
  whenTaken(listener: { taken(): void }): void {
    const { socket } = this;
    if (!socket.writable) return;
    socket.write(NOTHING, (error) => {
      if ((error === undefined || error === null) && !socket.destroyed) listener.taken();
    });
  }

  close(_code: number, _reason: string): void {
    this.socket.end();
  }

  cut(): void {
    this.socket.destroy();
  }
}
