const encoder = new TextEncoder();
/** Above this, `number << shift` no longer holds it. */
const INT31 = 0x7fff_ffff;

/** Bytes that grow as they are written. One writer serves frame after frame: `finish` copies what was written since `begin`. */
export class ByteWriter {
  private bytes = new Uint8Array(4_096);
  private view = new DataView(this.bytes.buffer);
  private at = 0;

  get length(): number {
    return this.at;
  }

  byte(value: number): void {
    this.room(1);
    this.bytes[this.at++] = value;
  }

  /** An integer from 0 to 2^53 - 1 in 1 to 8 bytes: seven bits a byte, the lowest first, the top bit where more follow. */
  uint(value: number): void {
    this.room(8);
    let rest = value;
    for (; rest > INT31; rest = Math.floor(rest / 128)) this.bytes[this.at++] = (rest % 128) | 128;
    for (; rest > 127; rest >>>= 7) this.bytes[this.at++] = (rest & 127) | 128;
    this.bytes[this.at++] = rest;
  }

  /** A number as IEEE 754 has it, 8 bytes, the highest first. */
  real(value: number): void {
    this.room(8);
    this.view.setFloat64(this.at, value);
    this.at += 8;
  }

  /** The number of bytes, then UTF-8. A lone surrogate becomes U+FFFD. */
  text(value: string): void {
    // At most three bytes of UTF-8 a UTF-16 unit; the length is known only afterwards, and most are below 128.
    this.room(value.length * 3 + 8);
    const start = this.at;
    const { written } = encoder.encodeInto(value, this.bytes.subarray(start + 1));
    this.prefix(start, written);
  }

  /** What `write` writes, behind the number of its bytes. */
  sized(write: () => void): void {
    const start = this.at;
    this.byte(0);
    write();
    this.room(8);
    this.prefix(start, this.at - start - 1);
  }

  /** Forgets what was written, also by a frame that could not be written to its end. */
  begin(): void {
    this.at = 0;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.at);
  }

  /** Writes `length` at `start`, in front of as many bytes that lie behind the one byte kept free for it. */
  private prefix(start: number, length: number): void {
    let bytes = 1;
    for (let rest = length; rest > 127; rest >>>= 7) bytes += 1;
    if (bytes > 1) this.bytes.copyWithin(start + bytes, start + 1, start + 1 + length);
    this.at = start;
    this.uint(length);
    this.at += length;
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + bytes));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
