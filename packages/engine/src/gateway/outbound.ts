import type { Transport } from "../engine.ts";
import type { EngineSettings } from "../settings.ts";

/** What became of a frame that was offered. */
export type Offered = "written" | "shed" | "overflow";

/** Frames in the socket's buffer: `end` is the count of bytes ever written at which the frame's last byte stands. */
interface Unsent {
  readonly end: number;
  readonly items: number;
}

/**
 * What one connection was sent and what of it still waits in its socket's buffer.
 *
 * Shape      one owner, its connection; no queue of its own: the socket's buffer is the queue.
 * Units      bytes of whole frames, headers included; `items` are records.
 * Bounds     the buffer never exceeds `limitBytes` (DL-11); above `highBytes` and until it is below `lowBytes` again
 *            sheddable frames are shed (DL-12).
 * Cost       no allocation while the socket keeps up.
 */
export class Outbound {
  private readonly transport: Transport;
  private readonly bounds: EngineSettings["outbound"];
  private written = 0;
  private unsent: Unsent[] = [];
  private shedding = false;
  /** Records whose last byte the operating system has taken. */
  delivered = 0;

  constructor(transport: Transport, bounds: EngineSettings["outbound"]) {
    this.transport = transport;
    this.bounds = bounds;
  }

  get isShedding(): boolean {
    if (this.shedding && this.transport.bufferedBytes < this.bounds.lowBytes) this.shedding = false;
    return this.shedding;
  }

  get isBehind(): boolean {
    return this.transport.bufferedBytes >= this.bounds.lowBytes;
  }

  /** A frame that may be withheld. */
  offer(frame: Uint8Array, items: number): Offered {
    if (this.isShedding) return "shed";
    if (
      this.transport.bufferedBytes + frame.length > this.bounds.highBytes &&
      this.transport.bufferedBytes > 0
    ) {
      this.shedding = true;
      return "shed";
    }
    return this.push(frame, items);
  }

  /** A frame that must go out or the connection must end. */
  push(frame: Uint8Array, items: number): Offered {
    if (this.transport.bufferedBytes + frame.length > this.bounds.limitBytes) return "overflow";
    this.transport.write(frame);
    this.written += frame.length;
    const waiting = this.transport.bufferedBytes;
    if (waiting === 0 && this.unsent.length === 0) this.delivered += items;
    else if (items > 0) {
      this.unsent.push({ end: this.written, items });
      this.settle();
    }
    return "written";
  }

  /** Counts what the operating system has taken since. */
  settle(): void {
    const taken = this.written - this.transport.bufferedBytes;
    let done = 0;
    for (const { end, items } of this.unsent) {
      if (end > taken) break;
      this.delivered += items;
      done += 1;
    }
    if (done > 0) this.unsent.splice(0, done);
  }

  /** Records that were written and will never arrive, now that the socket is gone. */
  lost(): number {
    return this.unsent.reduce((sum, { items }) => sum + items, 0);
  }
}
