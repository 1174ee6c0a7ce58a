import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { StreamTransport } from "./stream-transport.ts";

/**
 * A WebSocket as the engine sees it. Frames come ready-made and go straight to the socket; `ws` keeps the handshake,
 * the reading and the closing. Without compression it writes each of its own frames whole, so the two cannot mix.
 */
export class SocketTransport extends StreamTransport {
  private readonly ws: WebSocket;

  constructor(ws: WebSocket, socket: Duplex) {
    super(socket);
    this.ws = ws;
  }

  override write(frame: Uint8Array): boolean {
    return this.ws.readyState === WebSocket.OPEN && super.write(frame);
  }

  override close(code: number, reason: string): void {
    this.ws.close(code, reason);
  }
}
