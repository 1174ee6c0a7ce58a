import { decodeServerFrame } from "@barrage/protocol";
import type { ServerFrame } from "@barrage/protocol";
import type { Connection, Transport } from "@barrage/engine";

/** Frames are shared by all viewers: each is read once. */
const decoded = new WeakMap<Uint8Array, ServerFrame>();

function payloadOf(frame: Uint8Array): Uint8Array {
  const short = frame[1] ?? 0;
  return frame.subarray(short < 126 ? 2 : short === 126 ? 4 : 10);
}

function decode(frame: Uint8Array): ServerFrame {
  let content = decoded.get(frame);
  if (content === undefined) {
    const payload = payloadOf(frame);
    content =
      frame[0] === 0x81
        ? (JSON.parse(Buffer.from(payload).toString()) as ServerFrame)
        : decodeServerFrame(payload);
    if (content === undefined) throw new Error("a frame of an unknown type");
    decoded.set(frame, content);
  }
  return content;
}

const recordsIn = (frame: ServerFrame): number =>
  frame.type === "batch" || frame.type === "snapshot" ? frame.items.length : 0;

/**
 * A socket whose peer takes as many bytes as it is told to. What was taken waits in `inbox` until the client reads it,
 * and is lost with the connection if it does not.
 */
export class NarrowSocket implements Transport {
  readonly inbox: ServerFrame[] = [];
  /** Records whose last byte was taken: its own count, for the ledger. */
  records = 0;
  /** The peer takes everything at once. */
  isWide = true;
  isEnded = false;
  connection: Connection | undefined;
  private readonly unsent: { readonly end: number; readonly frame: Uint8Array }[] = [];
  private marks: { readonly at: number; readonly listener: { taken(): void } }[] = [];
  private written = 0;
  private taken = 0;
  private closeCode: number | undefined;
  private isCut = false;

  write(frame: Uint8Array): boolean {
    if (this.closeCode !== undefined || this.isCut || this.isEnded) return false;
    this.written += frame.length;
    if (this.isWide && this.unsent.length === 0) {
      this.taken = this.written;
      this.arrive(frame);
    } else this.unsent.push({ end: this.written, frame });
    return true;
  }

  get bufferedBytes(): number {
    return this.written - this.taken;
  }

  get isFlushed(): boolean {
    return !this.isCut && this.bufferedBytes === 0;
  }

  whenTaken(listener: { taken(): void }): void {
    this.marks.push({ at: this.written, listener });
  }

  /** The peer takes up to `bytes`. */
  flow(bytes: number): void {
    if (this.isEnded || this.bufferedBytes === 0) return;
    this.taken = Math.min(this.written, this.taken + bytes);
    for (let first = this.unsent[0]; first !== undefined && first.end <= this.taken; first = this.unsent[0]) {
      this.unsent.shift();
      this.arrive(first.frame);
    }
    const due = this.marks.filter(({ at }) => at <= this.taken);
    this.marks = this.marks.filter(({ at }) => at > this.taken);
    for (const { listener } of due) listener.taken();
    if (this.bufferedBytes > 0) return;
    this.connection?.drained();
    if (this.closeCode !== undefined) this.end(this.closeCode);
  }

  close(code: number): void {
    this.closeCode = code;
    if (this.bufferedBytes === 0) queueMicrotask(() => this.end(code));
  }

  cut(): void {
    this.isCut = true;
    queueMicrotask(() => this.end(1006));
  }

  /** The network goes: what was not taken never will be. */
  break(): void {
    if (this.bufferedBytes > 0) this.isCut = true;
    this.end(1006);
  }

  private end(code: number): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.connection?.gone(code);
  }

  private arrive(bytes: Uint8Array): void {
    const frame = decode(bytes);
    this.records += recordsIn(frame);
    this.inbox.push(frame);
  }
}
