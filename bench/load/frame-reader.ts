/** What a batch's header says, read from its first bytes without parsing the rest. */
export interface BatchHeader {
  readonly prev: number;
  readonly seq: number;
  readonly count: number;
  /** Records withheld from this viewer. */
  readonly shed: number;
}

/** What a reader hands on, each when its last byte is there. */
export interface FrameSink {
  batch(header: BatchHeader): void;
  /** Asked at the start of a batch: is its whole text wanted too? */
  wantsText(): boolean;
  /** Any other frame, and a batch whose text was wanted. */
  text(json: string): void;
  close(code: number): void;
}

// {"type":"batch","room_id":"<room>","prev":1,"seq":2,"count":3,"shed":{"count":4, : 64 + 64 digits and names.
const HEADER_BYTES = 224;
const OP_TEXT = 1;
const OP_CLOSE = 8;
const BATCH = Buffer.from('{"type":"batch",');
const DIGIT_0 = 48;

/**
 * Cuts a server's WebSocket byte stream into frames and reads the headers of batches by hand.
 *
 * Bounds     keeps at most one header (`HEADER_BYTES`) of an unfinished batch; whole texts only of frames that are asked for.
 * Errors     throws for a masked, fragmented or binary frame: this server sends none.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  #carry: Buffer = Buffer.alloc(0);
  /** Payload bytes of the current frame still to come. */
  #left = 0;
  #header: BatchHeader | undefined;
  #pieces: Buffer[] | undefined;
  #opcode = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
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
      if (this.#left === 0) {
        const start = this.#begin(bytes, at);
        if (start < 0) {
          this.#carry = Buffer.from(bytes.subarray(at));
          return;
        }
        at = start;
      }
      const taken = Math.min(this.#left, bytes.length - at);
      if (this.#pieces !== undefined) this.#pieces.push(Buffer.from(bytes.subarray(at, at + taken)));
      this.#left -= taken;
      at += taken;
      if (this.#left === 0) this.#finish();
    }
  }

  /** Reads a frame's head at `at`; returns where its payload starts, or -1 when more bytes are needed. */
  #begin(bytes: Buffer, at: number): number {
    const available = bytes.length - at;
    if (available < 2) return -1;
    const first = bytes[at] ?? 0;
    const short = bytes[at + 1] ?? 0;
    this.#opcode = first & 0x0f;
    if ((first & 0x80) === 0 || short > 127 || (this.#opcode !== OP_TEXT && this.#opcode < OP_CLOSE)) {
      throw new Error(`a frame that this server does not send: ${first.toString(16)} ${short.toString(16)}`);
    }
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (available < head) return -1;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    if (available < head + Math.min(length, HEADER_BYTES)) return -1;
    const start = at + head;
    this.#left = length;
    this.#header = this.#opcode === OP_TEXT ? batchHeader(bytes, start) : undefined;
    this.#pieces = this.#header === undefined || this.#sink.wantsText() ? [] : undefined;
    if (length === 0) this.#finish();
    return start;
  }

  #finish(): void {
    const header = this.#header;
    const pieces = this.#pieces;
    this.#header = undefined;
    this.#pieces = undefined;
    if (header !== undefined) this.#sink.batch(header);
    if (pieces === undefined) return;
    const payload = Buffer.concat(pieces);
    if (this.#opcode === OP_TEXT) this.#sink.text(payload.toString());
    else if (this.#opcode === OP_CLOSE)
      this.#sink.close(payload.length >= 2 ? payload.readUInt16BE(0) : 1005);
  }
}

const EMPTY: Buffer = Buffer.alloc(0);

/** The header of the batch at `start`; undefined for another frame. Field order is the server's: docs/spec/protocol.md. */
export function batchHeader(bytes: Buffer, start: number): BatchHeader | undefined {
  for (let index = 0; index < BATCH.length; index += 1) {
    if (bytes[start + index] !== BATCH[index]) return undefined;
  }
  const prev = numberAfter(bytes, '"prev":', start + BATCH.length);
  const seq = numberAfter(bytes, '"seq":', prev.end);
  const count = numberAfter(bytes, '"count":', seq.end);
  const hasShed = bytes.toString("latin1", count.end, count.end + 7) === ',"shed"';
  const shed = hasShed ? numberAfter(bytes, '"count":', count.end).value : 0;
  return { prev: prev.value, seq: seq.value, count: count.value, shed };
}

function numberAfter(bytes: Buffer, name: string, from: number): { value: number; end: number } {
  const found = bytes.indexOf(name, from, "latin1");
  if (found < 0 || found - from > HEADER_BYTES) throw new Error(`a batch without ${name}`);
  let end = found + name.length;
  let value = 0;
  for (; ; end += 1) {
    const digit = (bytes[end] ?? 0) - DIGIT_0;
    if (digit < 0 || digit > 9) return { value, end };
    value = value * 10 + digit;
  }
}
