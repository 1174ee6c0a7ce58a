import type { Server } from "node:http";
import type { Socket } from "node:net";
import { sleep } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";

/** All sockets of a server, upgraded ones too, so that its end can be waited for and forced. */
export class Sockets {
  private readonly server: Server;
  private readonly open = new Set<Socket>();
  private onEmpty: (() => void) | undefined;

  constructor(server: Server) {
    this.server = server;
    // Under TLS both come; the raw one carries the other, and its end is the end.
    server.on("connection", (socket: Socket) => this.add(socket));
  }

  get size(): number {
    return this.open.size;
  }

  /** No new connections; those that are idle end now. */
  stopListening(): void {
    this.server.close();
    this.server.closeIdleConnections();
  }

  /** Resolves when every socket has ended, or after `ms`, or with the cancel error of `ctx`. */
  async ended(ms: number, ctx: Context): Promise<void> {
    if (this.open.size === 0) return;
    using limit = ctx.cancellable({ name: "last sockets" });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onEmpty = resolve;
    await Promise.race([promise, sleep(ms, limit)]);
  }

  destroy(): void {
    for (const socket of this.open) socket.destroy();
  }

  private add(socket: Socket): void {
    this.open.add(socket);
    socket.once("close", () => {
      this.open.delete(socket);
      if (this.open.size === 0) this.onEmpty?.();
    });
  }
}
