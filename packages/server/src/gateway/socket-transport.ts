import type { Duplex } from "node:stream";
import type { Transport } from "@barrage/engine";
import { WebSocket } from "ws";

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

  write(frame: Uint8Array): void {
    if (this.ws.readyState === WebSocket.OPEN) this.socket.write(frame);
  }

  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  close(code: number, reason: string): void {
    this.ws.close(code, reason);
  }
}
