import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** Turns of the event loop in which sockets of this process have told each other what they had to tell (a count). */
const TURNS = 40;

export async function turns(count = TURNS): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Resolves when it holds; looked at once a turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** One end of a connection that notes all that comes. */
export class End {
  readonly socket: Socket;
  ended = false;
  closed = false;
  failed: string | undefined;
  private readonly parts: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => this.parts.push(bytes));
    socket.on("end", () => (this.ended = true));
    socket.on("close", () => (this.closed = true));
    socket.on("error", (error: NodeJS.ErrnoException) => (this.failed = error.code));
  }

  get got(): Buffer {
    return Buffer.concat(this.parts);
  }

  get text(): string {
    return this.got.toString();
  }

  /** Sizes of the reads. */
  get reads(): readonly number[] {
    return this.parts.map(({ length }) => length);
  }
}

/** A server that keeps the ends of its connections. */
export class FarEnd implements AsyncDisposable {
  readonly ends: End[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.ends.push(new End(socket));
    });
  }

  static async listen(): Promise<FarEnd> {
    const far = new FarEnd();
    far.server.listen(0, "127.0.0.1");
    await once(far.server, "listening");
    return far;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    for (const { socket } of this.ends) socket.destroy();
    await once(this.server, "close");
  }
}

/** A client of the port; resolves when it is connected, or has failed to. */
export async function dial(port: number): Promise<End & Disposable> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  const end = new End(socket);
  await until(() => !socket.connecting);
  return Object.assign(end, { [Symbol.dispose]: () => void socket.destroy() });
}
