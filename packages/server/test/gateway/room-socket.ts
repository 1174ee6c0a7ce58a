import { once } from "node:events";
import type { TestContext } from "node:test";
import type { Item, ServerFrame } from "@barrage/protocol";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";

/** A WebSocket that keeps what it was sent, for tests that wait for a frame instead of for time. */
export class RoomSocket {
  readonly ws: WebSocket;
  readonly frames: ServerFrame[] = [];
  private readonly closing: Promise<number>;
  private wake: (() => void) | undefined;

  constructor(url: string, options: ClientOptions = {}) {
    this.ws = new WebSocket(url, options);
    this.ws.on("message", (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as ServerFrame);
      this.wake?.();
    });
    this.ws.on("error", () => this.wake?.());
    this.closing = new Promise((resolve) => {
      this.ws.once("close", (code) => resolve(code));
    });
  }

  /** The first frame of a type, now or later. */
  async next<T extends ServerFrame["type"]>(type: T): Promise<Extract<ServerFrame, { type: T }>> {
    for (;;) {
      const found = this.frames.find(
        (frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type,
      );
      if (found !== undefined) return found;
      await this.woken();
    }
  }

  /** The record with this id, once it comes in a batch. */
  async item(id: string): Promise<Item> {
    for (;;) {
      for (const frame of this.frames) {
        const found = frame.type === "batch" ? frame.items.find((item) => item.id === id) : undefined;
        if (found !== undefined) return found;
      }
      await this.woken();
    }
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  get closed(): Promise<number> {
    return this.closing;
  }

  async open(): Promise<this> {
    await once(this.ws, "open");
    return this;
  }

  send(frame: unknown): void {
    this.ws.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }
}

export function roomSocket(
  t: TestContext,
  server: { readonly url: string },
  query: string,
  options?: ClientOptions,
): RoomSocket {
  const socket = new RoomSocket(`${server.url.replace("http", "ws")}/ws?${query}`, options);
  t.after(() => socket.ws.terminate());
  return socket;
}
