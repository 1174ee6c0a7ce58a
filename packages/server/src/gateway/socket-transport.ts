import type { Duplex } from "node:stream";
import type { Transport } from "@barrage/engine";
import { WebSocket } from "ws";

const NOTHING = Buffer.alloc(0);

/**
 * A WebSocket as the engine sees it. Frames come ready-made and go straight to the socket; `ws` keeps the handshake,
 * the reading and the closing. Without compression it writes each of its own frames whole, so the two cannot mix.
 */
export class SocketTransport implements Transport {
  private readonly ws: WebSocket;
  private readonly socket: Duplex;

  constructor(ws: WebSocket, socket: Duplex) {
    this.ws = ws;
    this.socket = socket;
  }

  write(frame: Uint8Array): boolean {
    if (this.ws.readyState !== WebSocket.OPEN || this.socket.destroyed) return false;
    this.socket.write(frame);
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

  close(code: number, reason: string): void {
    this.ws.close(code, reason);
  }

  cut(): void {
    this.socket.destroy();
  }
}
