import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { loadError } from "../errors.ts";
import type { Target } from "./adapter.ts";
import { FrameCutter, NO_STATUS, OPCODE } from "./frame-cutter.ts";
import type { FrameSink } from "./frame-cutter.ts";

const END_OF_HEAD = "\r\n\r\n";
const READ_BYTES = 262_144;
/** One for all sockets: each read is used up before the next. */
const readBuffer = Buffer.allocUnsafe(READ_BYTES);
const OP_CLOSE = 8;
const OP_PONG = 10;
const PROTOCOL_ERROR = 1002;
const ABNORMAL = 1006;

/** What a socket tells its owner. */
export interface SocketEvents extends Omit<FrameSink, "ping" | "close"> {
  /** Once, whatever ended it; not after our own `close`. The code is the server's, 1006 without one, 1002 after `broken`. */
  closed(code: number): void;
  /** The stream broke its format: the socket is being closed. */
  broken(error: Error): void;
}

/**
 * A client's WebSocket on a bare socket: reading must cost the generator as little as it can.
 *
 * Errors     `opened` rejects with LOAD_UNREACHABLE.
 */
export class RawWebSocket {
  readonly #socket: Socket;
  readonly #cutter: FrameCutter;
  readonly #events: SocketEvents;
  readonly #target: Target;
  readonly #opened = Promise.withResolvers<void>();
  readonly #subprotocol: string | undefined;
  #head = "";
  #state: "opening" | "open" | "closed" = "opening";

  /** `subprotocol` is one that the server has to take. */
  constructor(target: Target, path: string, events: SocketEvents, subprotocol?: string) {
    this.#target = target;
    this.#events = events;
    this.#subprotocol = subprotocol;
    this.#cutter = new FrameCutter({
      messages: events.messages,
      wants: (bytes, start, end) => events.wants(bytes, start, end),
      message: (payload) => events.message(payload),
      ping: (payload) => this.#write(OP_PONG, payload),
      close: (code) => {
        // RFC 6455 5.5.1: a close is answered with one, so that the server sees it end as it meant it.
        this.#write(OP_CLOSE, code === NO_STATUS ? Buffer.alloc(0) : statusOf(code));
        this.#end(code);
      },
    });
    const { host, port, localAddress } = target;
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
      onread: { buffer: readBuffer, callback: (length) => this.#read(length) },
    });
    this.#socket.on("error", (error) => this.#fail(error.message));
    this.#socket.on("close", () => this.#end(ABNORMAL));
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        (subprotocol === undefined ? "" : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`) +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}${END_OF_HEAD}`,
    );
    // Whoever does not ask for it learns of the end by `closed`.
    this.#opened.promise.catch(() => {});
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** A text, or bytes as a binary message. False when there is no open connection to send it over. */
  send(message: string | Uint8Array): boolean {
    if (this.#state !== "open") return false;
    if (typeof message === "string") this.#write(OPCODE.text, Buffer.from(message));
    else this.#write(OPCODE.binary, message);
    return true;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Cuts the connection; nothing is told any more. */
  close(): void {
    this.#state = "closed";
    this.#opened.reject(this.#unreachable("it was closed on this side"));
    this.#socket.destroy();
  }

  #write(opcode: number, payload: Uint8Array): void {
    if (this.#state === "open") this.#socket.write(maskedFrame(opcode, payload));
  }

  #read(length: number): boolean {
    const bytes = readBuffer.subarray(0, length);
    try {
      if (this.#state === "open") this.#cutter.push(bytes);
      else if (this.#state === "opening") this.#readHead(bytes);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#write(OP_CLOSE, statusOf(PROTOCOL_ERROR));
      this.#events.broken(error);
      this.#end(PROTOCOL_ERROR);
    }
    return true;
  }

  #readHead(bytes: Buffer): void {
    const before = this.#head.length;
    this.#head += bytes.toString("latin1");
    const end = this.#head.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const status = this.#head.slice(0, this.#head.indexOf("\r\n"));
    if (!status.startsWith("HTTP/1.1 101")) return this.#fail(`it answers ${status}`);
    const wanted = this.#subprotocol;
    if (wanted !== undefined && subprotocolOf(this.#head.slice(0, end)) !== wanted)
      return this.#fail(`it does not speak ${wanted}`);
    this.#state = "open";
    this.#opened.resolve();
    this.#cutter.push(bytes.subarray(end + END_OF_HEAD.length - before));
  }

  #fail(reason: string): void {
    this.#opened.reject(this.#unreachable(reason));
    this.#end(ABNORMAL);
  }

  #end(code: number): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#opened.reject(this.#unreachable("it was closed"));
    // What is still to be written, an answer to a close, goes first.
    this.#socket.destroySoon();
    this.#events.closed(code);
  }

  #unreachable(reason: string): Error {
    return loadError("LOAD_UNREACHABLE", { target: `${this.#target.host}:${this.#target.port}`, reason });
  }
}

/** What the server chose of the subprotocols offered. */
const subprotocolOf = (head: string): string | undefined =>
  /\r\nsec-websocket-protocol: *([^\r]*)/i.exec(head)?.[1]?.trim();

function statusOf(code: number): Buffer {
  const status = Buffer.allocUnsafe(2);
  status.writeUInt16BE(code);
  return status;
}

/** A client's frame, masked as RFC 6455 wants it. */
function maskedFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const headLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headLength + 4 + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (headLength === 4) frame.writeUInt16BE(length, 2);
  else if (headLength === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  const mask = randomBytes(4);
  mask.copy(frame, headLength);
  for (let index = 0; index < length; index += 1)
    frame[headLength + 4 + index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
  return frame;
}
