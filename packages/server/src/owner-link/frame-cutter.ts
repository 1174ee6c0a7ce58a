import { bad, decodeFrame, FRAME_MAX_BYTES } from "./codec.ts";
import type { Frame } from "./codec.ts";

const LENGTH_BYTES = 4;

/**
 * Cuts a stream of bytes into frames.
 *
 * Bounds     holds one frame that is not whole, so FRAME_MAX_BYTES; what claims to be longer is refused by its length.
 * Errors     SERVER_LINK_BAD_BYTES from `push`; nothing more may be pushed then.
 * Cost       a frame that lies within one chunk is not copied.
 */
export class FrameCutter {
  /** The length's own bytes, as far as they have come. */
  private readonly length = Buffer.alloc(LENGTH_BYTES);
  private lengthBytes = 0;
  /** A frame whose end has not come yet. */
  private open: Buffer | undefined;
  private filled = 0;

  *push(chunk: Buffer): Iterable<Frame> {
    let at = 0;
    while (at < chunk.length) {
      if (this.open === undefined) {
        at += this.takeLength(chunk, at);
        if (this.lengthBytes < LENGTH_BYTES) return;
        const bytes = this.bytesToCome();
        if (chunk.length - at >= bytes) {
          this.lengthBytes = 0;
          yield decodeFrame(chunk.subarray(at, at + bytes));
          at += bytes;
          continue;
        }
        this.open = Buffer.allocUnsafe(bytes);
        this.filled = 0;
      }
      const { open } = this;
      const taken = chunk.copy(open, this.filled, at);
      this.filled += taken;
      at += taken;
      if (this.filled < open.length) return;
      this.open = undefined;
      this.lengthBytes = 0;
      yield decodeFrame(open);
    }
  }

  private takeLength(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.length, this.lengthBytes, at, at + LENGTH_BYTES - this.lengthBytes);
    this.lengthBytes += taken;
    return taken;
  }

  private bytesToCome(): number {
    const bytes = this.length.readUInt32LE(0);
    if (bytes === 0) throw bad("a frame is empty");
    if (bytes > FRAME_MAX_BYTES) throw bad(`a frame of ${bytes} bytes is announced`);
    return bytes;
  }
}
