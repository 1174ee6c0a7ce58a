/** What the SDK needs of a WebSocket: the browser's, Node's, and `ws` all have it. */
export interface SocketLike {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: "close",
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  addEventListener(type: "error", listener: () => void): void;
}

export type SocketConstructor = new (url: string) => SocketLike;

export interface SocketListener {
  message(data: unknown): void;
  closed(code: number, reason: string): void;
}

const OPEN = 1;
const ABNORMAL = 1006;

/** One socket. After `drop`, or after it closed, its listener hears nothing more. */
export class Socket {
  readonly #socket: SocketLike;
  #listener: SocketListener | undefined;

  constructor(make: SocketConstructor, url: string, listener: SocketListener) {
    this.#socket = new make(url);
    this.#listener = listener;
    this.#socket.addEventListener("message", ({ data }) => this.#listener?.message(data));
    this.#socket.addEventListener("close", ({ code, reason }) => this.#end(code, reason));
    // A close event follows in every implementation; unheard, an error would end a Node process.
    this.#socket.addEventListener("error", () => undefined);
  }

  /** False when the socket takes nothing (any more). */
  send(text: string): boolean {
    if (this.#listener === undefined || this.#socket.readyState !== OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  drop(code: number, reason: string): void {
    this.#listener = undefined;
    this.#socket.close(code, reason);
  }

  #end(code: number, reason: string): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.closed(code === 0 ? ABNORMAL : code, reason);
  }
}
