import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { decodeBinaryClientFrame, encodeServerFrame } from "@barrage/protocol";
import type { ServerFrame } from "@barrage/protocol";
import { WebSocket, WebSocketServer } from "ws";

const BINARY = "barrage.v1";

/** One connection as the server has it: what it said so far can be awaited in order. */
export class Peer {
  readonly query: URLSearchParams;
  readonly #socket: WebSocket;
  readonly #heard: Record<string, unknown>[] = [];
  #wake: (() => void) | undefined;

  constructor(socket: WebSocket, url: string) {
    this.#socket = socket;
    this.query = new URL(url, "http://peer").searchParams;
    socket.on("message", (data) => {
      this.#heard.push(this.#read(data as Buffer));
      this.#wake?.();
    });
  }

  tell(...frames: readonly (ServerFrame | string)[]): void {
    for (const frame of frames) this.#socket.send(this.#written(frame));
  }

  tellBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  #written(frame: ServerFrame | string): string | Uint8Array {
    if (typeof frame === "string") return frame;
    return this.#socket.protocol === BINARY ? encodeServerFrame(frame) : JSON.stringify(frame);
  }

  #read(data: Buffer): Record<string, unknown> {
    if (this.#socket.protocol === BINARY) return { ...decodeBinaryClientFrame(data, 100) };
    return JSON.parse(data.toString("utf8")) as Record<string, unknown>;
  }

  /** The next frame the client sent. */
  async hear(): Promise<Record<string, unknown>> {
    while (this.#heard.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#heard.shift()!;
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  /** As a cut cable: no close frame. */
  cut(): void {
    this.#socket.terminate();
  }

  async gone(): Promise<number> {
    if (this.#socket.readyState === WebSocket.CLOSED) return 0;
    const [code] = (await once(this.#socket, "close")) as [number];
    return code;
  }
}

/** A server that does nothing by itself: each test plays it. */
export class ScriptedServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: WebSocketServer;
  readonly #waiting: Peer[] = [];
  #wake: (() => void) | undefined;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket, request) => {
      this.#waiting.push(new Peer(socket, request.url ?? ""));
      this.#wake?.();
    });
  }

  static async start(): Promise<ScriptedServer> {
    const handleProtocols = (offered: Set<string>): string | false => offered.has(BINARY) && BINARY;
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", path: "/ws", handleProtocols });
    await once(server, "listening");
    return new ScriptedServer(server);
  }

  /** The next client that connects. */
  async peer(): Promise<Peer> {
    while (this.#waiting.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#waiting.shift()!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
