import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, ListenOptions, Server, Socket } from "node:net";
import { CLOSE, protocolError } from "@barrage/protocol";
import type { AddressSlots } from "../address-slots.ts";
import { StreamTransport } from "../stream-transport.ts";
import { refuseSub, SubSession } from "./session.ts";
import type { SubParts } from "./session.ts";

export interface SubTcpParts extends SubParts {
  readonly slots: AddressSlots;
}

/** How long, ms, a peer may take to end its side after ours: a slow reader would never. */
const CLOSE_MS = 3_000;

/**
 * The goim framing on a port of its own.
 *
 * Errors     those of `listen`, at the start; a broken peer ends its own connection only.
 */
export class SubTcpServer implements AsyncDisposable {
  readonly address: AddressInfo;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(server: Server, address: AddressInfo, parts: SubTcpParts) {
    this.server = server;
    this.address = address;
    server.on("connection", (socket) => this.accept(socket, parts));
  }

  static async listen(place: ListenOptions, parts: SubTcpParts): Promise<SubTcpServer> {
    const server = createServer({ noDelay: true });
    server.listen(place);
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("a TCP server has a port");
    return new SubTcpServer(server, address, parts);
  }

  /** Nobody new; those that are here are told by the engine. */
  stopListening(): void {
    this.server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    if (this.server.listening || this.sockets.size > 0) await once(this.server, "close");
  }

  private accept(socket: Socket, { slots, ...parts }: SubTcpParts): void {
    const address = socket.remoteAddress ?? "";
    // Its close follows, and is what is acted on; unheard, it would end the process.
    socket.on("error", () => undefined);
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.once("finish", () => socket.setTimeout(CLOSE_MS, () => socket.destroy()));
    const link = { carrier: "tcp", transport: new StreamTransport(socket), address } as const;
    if (!slots.take(address)) return refuseSub(link, protocolError("BARRAGE_TOO_MANY_CONNECTIONS"));
    const session = new SubSession(parts, link);
    socket.once("close", (broken) => {
      slots.release(address);
      session.gone(broken ? CLOSE.TRY_AGAIN.code : NORMAL);
    });
    socket.on("data", (bytes) => session.receive(bytes));
    socket.on("drain", () => session.drained());
  }
}

/** A peer's own orderly end, by the number that a WebSocket has for it. */
const NORMAL = 1_000;
