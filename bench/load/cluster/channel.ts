import { connect } from "node:net";
import type { Socket } from "node:net";
import { once } from "node:events";

/** A Redis command in its wire form. */
export function command(...words: readonly (string | Buffer)[]): Buffer {
  const parts = words.map((word) => Buffer.from(word));
  return Buffer.concat([
    Buffer.from(`*${parts.length}\r\n`),
    ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from("\r\n")]),
  ]);
}

/** What each subscriber of a sharded channel gets for one message. */
export const messageBytes = (channel: string, payload: Buffer): number =>
  command("smessage", channel, payload).length;

/** A subscriber that counts bytes and looks at none, so that it costs this side as little as can be. */
class Subscriber {
  received = 0;
  readonly socket: Socket;

  constructor(socket: Socket, onBytes: () => void) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.received += bytes.length;
      onBytes();
    });
  }
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

/**
 * A sharded channel of one Redis node with so many subscribers, each a connection as each gateway has one.
 *
 * Shape      one publish at a time; `publish` resolves when Redis has answered, `arrived` when every subscriber has all.
 */
export class Channel implements Disposable {
  private readonly name: string;
  private readonly publisher: Socket;
  private readonly subscribers: Subscriber[] = [];
  private expected = 0;
  private waiting: (() => void) | undefined;

  private constructor(name: string, publisher: Socket) {
    this.name = name;
    this.publisher = publisher;
  }

  static async open(port: number, name: string, subscribers: number): Promise<Channel> {
    const channel = new Channel(name, await connected(port));
    for (let i = 0; i < subscribers; i += 1) {
      const socket = await connected(port);
      socket.write(command("SSUBSCRIBE", name));
      await once(socket, "data");
      channel.subscribers.push(new Subscriber(socket, () => channel.look()));
    }
    return channel;
  }

  /** Throws when Redis did not give it to every subscriber. */
  async publish(payload: Buffer): Promise<void> {
    this.publisher.write(command("SPUBLISH", this.name, payload));
    const [answer] = (await once(this.publisher, "data")) as [Buffer];
    this.expected += messageBytes(this.name, payload);
    if (answer.toString() !== `:${this.subscribers.length}\r\n`)
      throw new Error(`Redis gave it to others than ${this.subscribers.length}: ${answer.toString()}`);
  }

  /** Resolves when every subscriber has read every byte of what was published. */
  async arrived(): Promise<void> {
    if (this.isWhole) return;
    await new Promise<void>((resolve) => (this.waiting = resolve));
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.subscribers) socket.destroy();
    this.publisher.destroy();
  }

  private get isWhole(): boolean {
    return this.subscribers.every(({ received }) => received === this.expected);
  }

  private look(): void {
    if (this.waiting === undefined || !this.isWhole) return;
    this.waiting();
    this.waiting = undefined;
  }
}
