import { protocolError } from "../errors/table.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Texts up to this length are read without the decoder while they are ASCII, which most are. */
const SHORT = 64;

export const malformed = (detail: string): Error => protocolError("BARRAGE_BAD_FRAME", { detail });

/**
 * Reads what a ByteWriter wrote, from anybody.
 *
 * Bounds     reads no byte behind the end and allocates nothing that the bytes do not hold.
 * Errors     BARRAGE_BAD_FRAME for whatever no writer writes.
 */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;
  private end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
  }

  get left(): number {
    return this.end - this.at;
  }

  byte(): number {
    const value = this.at < this.end ? this.bytes[this.at] : undefined;
    if (value === undefined) throw malformed("it ends too early");
    this.at += 1;
    return value;
  }

  uint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        // A last byte of 0 says nothing: a number has one form only.
        if (value > Number.MAX_SAFE_INTEGER || (byte === 0 && scale > 1)) break;
        return value;
      }
      if (scale > 2 ** 49) break;
    }
    throw malformed("an integer is too large or too long");
  }

  real(): number {
    if (this.left < 8) throw malformed("it ends too early");
    const value = this.view.getFloat64(this.at);
    this.at += 8;
    if (!Number.isFinite(value)) throw malformed("a number is none");
    return value;
  }

  text(): string {
    const length = this.uint();
    if (length > this.left) throw malformed("it ends too early");
    const start = this.at;
    this.at += length;
    const ascii = length <= SHORT ? this.ascii(start, this.at) : undefined;
    if (ascii !== undefined) return ascii;
    try {
      return decoder.decode(this.bytes.subarray(start, this.at));
    } catch {
      throw malformed("a text is not UTF-8");
    }
  }

  /** What `read` reads of a part that begins with its size; bytes of the part that it does not know are passed over. */
  sized<T>(read: () => T): T {
    const length = this.uint();
    if (length > this.left) throw malformed("it ends too early");
    const outer = this.end;
    this.end = this.at + length;
    const value = read();
    this.at = this.end;
    this.end = outer;
    return value;
  }

  private ascii(start: number, end: number): string | undefined {
    let text = "";
    for (let i = start; i < end; i++) {
      const code = this.bytes[i] ?? 128;
      if (code > 127) return undefined;
      text += String.fromCharCode(code);
    }
    return text;
  }
}
