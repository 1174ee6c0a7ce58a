import type { Socket } from "node:net";
import type { Transport } from "@barrage/engine";

const NOTHING = Buffer.alloc(0);

/** A bare TCP connection as the engine sees it: packets have their own headers, and a close has no code. */
export class TcpTransport implements Transport {
  private readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  write(packets: Uint8Array): boolean {
    if (!this.socket.writable) return false;
    this.socket.write(packets);
    return true;
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

  close(): void {
    this.socket.end();
  }

  cut(): void {
    this.socket.destroy();
  }
}
