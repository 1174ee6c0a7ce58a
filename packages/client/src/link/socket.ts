import { encodeClientFrame } from "@barrage/protocol";
import type { ClientFrame } from "@barrage/protocol";

/** What the SDK needs of a WebSocket: the browser's, Node's, and `ws` all have it. */
export interface SocketLike {
  readonly readyState: number;
  binaryType: string;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: "close",
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  addEventListener(type: "error", listener: () => void): void;
}

export type SocketConstructor = new (url: string, protocols?: string[]) => SocketLike;

export interface SocketListener {
  message(data: unknown): void;
  closed(code: number, reason: string): void;
}

/** Frames as JSON text, or as the bytes of `barrage.v1`: platforms fail a handshake whose server does not choose it. */
export type FrameForm = "json" | "binary";

const BINARY_PROTOCOL = "barrage.v1";
const OPEN = 1;
const ABNORMAL = 1006;

/** One socket. After `drop`, or after it closed, its listener hears nothing more. */
export class Socket {
  readonly #socket: SocketLike;
  readonly #form: FrameForm;
  #listener: SocketListener | undefined;

  constructor(make: SocketConstructor, url: string, form: FrameForm, listener: SocketListener) {
    this.#form = form;
    this.#socket = form === "json" ? new make(url) : new make(url, [BINARY_PROTOCOL]);
    this.#socket.binaryType = "arraybuffer";
    this.#listener = listener;
    this.#socket.addEventListener("message", ({ data }) => this.#listener?.message(data));
    this.#socket.addEventListener("close", ({ code, reason }) => this.#end(code, reason));
    // A close event follows in every implementation; unheard, an error would end a Node process.
    this.#socket.addEventListener("error", () => undefined);
  }

  /** False when the socket takes nothing (any more). */
  send(frame: ClientFrame): boolean {
    if (this.#listener === undefined || this.#socket.readyState !== OPEN) return false;
    this.#socket.send(this.#form === "binary" ? encodeClientFrame(frame) : JSON.stringify(frame));
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
