import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { FrameReader } from "./frame-reader.ts";
import type { FrameSink } from "./frame-reader.ts";

const END_OF_HEAD = "\r\n\r\n";
const READ_BYTES = 262_144;
/** One for all sockets: each read is used up before the next. */
const readBuffer = Buffer.allocUnsafe(READ_BYTES);

/** One viewer's WebSocket, on a bare socket: reading must cost the generator as little as it can. */
export class RawViewer {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  #head = "";
  #isOpen = false;
  readonly #opened = Promise.withResolvers<void>();

  constructor(where: { readonly host: string; readonly port: number }, room: string, sink: FrameSink) {
    this.#reader = new FrameReader(sink);
    this.#socket = connect({
      ...where,
      noDelay: true,
      onread: { buffer: readBuffer, callback: (length) => this.#read(length) },
    });
    this.#socket.on("error", (error) => this.#opened.reject(error));
    this.#socket.on("close", () => this.#opened.reject(new Error("the server closed the connection")));
    this.#socket.write(
      `GET /ws?room_id=${room} HTTP/1.1\r\nHost: ${where.host}:${where.port}\r\nUpgrade: websocket\r\n` +
        `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}${END_OF_HEAD}`,
    );
  }

  /** Resolves when the server has accepted the WebSocket. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Tells the server that somebody is there. */
  ping(): void {
    this.#socket.write(maskedText('{"type":"ping"}'));
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(length: number): boolean {
    const bytes = readBuffer.subarray(0, length);
    if (this.#isOpen) this.#reader.push(bytes);
    else this.#readHead(bytes);
    return true;
  }

  #readHead(bytes: Buffer): void {
    const before = this.#head.length;
    this.#head += bytes.toString("latin1");
    const end = this.#head.indexOf(END_OF_HEAD);
    if (end < 0) return;
    if (!this.#head.startsWith("HTTP/1.1 101")) {
      this.#opened.reject(new Error(`no WebSocket: ${this.#head.slice(0, 60)}`));
      return;
    }
    this.#isOpen = true;
    this.#opened.resolve();
    this.#reader.push(bytes.subarray(end + END_OF_HEAD.length - before));
  }
}

/** A client's text frame under 126 bytes, masked as RFC 6455 wants it. */
function maskedText(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  for (let index = 0; index < payload.length; index += 1) payload[index]! ^= mask[index % 4]!;
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload]);
}
