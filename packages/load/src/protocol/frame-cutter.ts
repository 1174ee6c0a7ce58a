import { loadError } from "../errors.ts";

/** What a cutter hands on, each frame when its last byte is there. */
export interface FrameSink {
  /** The one kind of message that the protocol has. */
  readonly messages: "text" | "binary";
  /** Asked at a message's start, with at least `PEEK_BYTES` of it or all: is its payload wanted? */
  wants(bytes: Buffer, start: number, end: number): boolean;
  /** A message is complete; `payload` when it was wanted. */
  message(payload: Buffer | undefined): void;
  ping(payload: Buffer): void;
  close(code: number): void;
}

/** {"type":"batch","room_id":"<room>","prev":1,"seq":2,"count":3,"shed":{"count":4, : 64 + 64 digits and names. */
export const PEEK_BYTES = 224;
export const OPCODE = { text: 1, binary: 2 } as const;
const OP_CLOSE = 8;
const OP_PING = 9;
/** Stands for a close frame without a code. */
export const NO_STATUS = 1005;
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Cuts a server's WebSocket byte stream into frames.
 *
 * Bounds     keeps at most `PEEK_BYTES` of an unfinished message that nobody wants.
 * Errors     LOAD_BAD_STREAM for a masked or fragmented frame, and for a message of the other kind: no protocol here sends one.
 */
export class FrameCutter {
  readonly #sink: FrameSink;
  readonly #messageOpcode: number;
  #carry: Buffer = EMPTY;
  /** Payload bytes of the current frame still to come. */
  #left = 0;
  #pieces: Buffer[] | undefined;
  #opcode = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
    this.#messageOpcode = OPCODE[sink.messages];
  }

  /** `chunk` may be reused by the caller afterwards. */
  push(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#carry.length > 0) {
      bytes = Buffer.concat([this.#carry, chunk]);
      this.#carry = EMPTY;
    }
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) at = this.#take(bytes, at);
      else {
        const start = this.#begin(bytes, at);
        if (start < 0) {
          this.#carry = Buffer.from(bytes.subarray(at));
          return;
        }
        at = start;
      }
    }
  }

  /** Takes what there is of the current frame; returns where it ends. */
  #take(bytes: Buffer, at: number): number {
    const end = Math.min(at + this.#left, bytes.length);
    this.#pieces?.push(Buffer.from(bytes.subarray(at, end)));
    this.#left -= end - at;
    if (this.#left === 0) this.#finish();
    return end;
  }

  /** Reads a frame's head at `at`; returns where its payload starts, or -1 when more bytes are needed. */
  #begin(bytes: Buffer, at: number): number {
    const available = bytes.length - at;
    if (available < 2) return -1;
    const first = bytes[at] ?? 0;
    const short = bytes[at + 1] ?? 0;
    this.#opcode = first & 0x0f;
    if ((first & 0xf0) !== 0x80 || short > 127 || (!this.#isMessage && this.#opcode < OP_CLOSE))
      throw loadError("LOAD_BAD_STREAM", {
        what: `a frame that starts ${first.toString(16)} ${short.toString(16)}`,
      });
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (available < head) return -1;
    const length = lengthAt(bytes, at + 2, short);
    if (available < head + Math.min(length, PEEK_BYTES)) return -1;
    const start = at + head;
    this.#left = length;
    const isWanted =
      !this.#isMessage || this.#sink.wants(bytes, start, Math.min(bytes.length, start + length));
    this.#pieces = isWanted ? [] : undefined;
    if (length === 0) this.#finish();
    return start;
  }

  get #isMessage(): boolean {
    return this.#opcode === this.#messageOpcode;
  }

  #finish(): void {
    const pieces = this.#pieces;
    this.#pieces = undefined;
    const payload = pieces === undefined ? EMPTY : Buffer.concat(pieces);
    if (this.#isMessage) this.#sink.message(pieces === undefined ? undefined : payload);
    else if (this.#opcode === OP_PING) this.#sink.ping(payload);
    else if (this.#opcode === OP_CLOSE)
      this.#sink.close(payload.length >= 2 ? payload.readUInt16BE(0) : NO_STATUS);
  }
}

function lengthAt(bytes: Buffer, at: number, short: number): number {
  if (short < 126) return short;
  return short === 126 ? bytes.readUInt16BE(at) : Number(bytes.readBigUInt64BE(at));
}
