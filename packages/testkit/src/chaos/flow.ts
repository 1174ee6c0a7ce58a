import { once } from "node:events";
import type { Socket } from "node:net";
import { Channel, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Stream, ToxicNamed, ToxicType } from "./toxic.ts";

/** Reads that may wait (a count): with small ones the bytes are not what fills memory. */
const READS = 4_096;
/** A slow link is given its bytes in portions of this long (ms), so that it flows rather than jumps. */
const PORTION_MS = 100;
/** In a millisecond. */
const MICROSECONDS = 1_000;
/** Longer than any test (ms); what changes the toxics ends it. */
const FOREVER_MS = 86_400_000;

/** What a flow asks of the connection that it is one half of. */
export interface FlowLink {
  readonly random: () => number;
  find<Type extends ToxicType>(type: Type, stream: Stream): ToxicNamed<Type> | undefined;
  /** A sleep that ends early when the toxics change. */
  pause(ms: number, ctx: Context): Promise<void>;
  /** Closes the connection behind what has been written. */
  close(): void;
}

interface Piece {
  readonly bytes: Buffer;
  /** When it came, on the context's clock. */
  readonly at: number;
}

/**
 * One direction of one connection: reads from one socket, does to the bytes what the toxics say, writes to the other.
 *
 * Bounds     at most `limit` bytes, and what one more read brought, wait here; then the sender is not read any more.
 * Shape      the bytes that go out are those that came in, in order; a toxic delays them, or ends the connection.
 */
export class Flow {
  /** Bytes that have been written to the other socket. */
  carried = 0;
  /** Bytes that a toxic has let vanish. */
  dropped = 0;
  /** Bytes that came and are neither carried nor dropped yet. */
  held = 0;
  private readonly stream: Stream;
  private readonly from: Socket;
  private readonly to: Socket;
  private readonly link: FlowLink;
  private readonly backlog = new Channel<Piece>(READS, { name: "chaos backlog" });
  private counted: { readonly toxic: ToxicNamed<"limit_data">; bytes: number } | undefined;

  constructor(stream: Stream, [from, to]: readonly [Socket, Socket], link: FlowLink) {
    this.stream = stream;
    this.from = from;
    this.to = to;
    this.link = link;
  }

  /** Until the sender has ended and everything is written, or `ctx` is cancelled. */
  async run(limit: number, ctx: Context): Promise<void> {
    const { from, backlog } = this;
    const take = (bytes: Buffer): void => {
      this.held += bytes.length;
      const fits = backlog.trySend({ bytes, at: ctx.clock.now() });
      if (this.held >= limit || !fits || backlog.length >= READS - 1) from.pause();
    };
    const end = (): void => backlog.close();
    from.on("data", take).once("end", end);
    try {
      for await (const piece of backlog.values(ctx)) {
        await this.carry(piece, ctx);
        this.held -= piece.bytes.length;
        if (this.held < limit) from.resume();
      }
      await this.finish(ctx);
    } finally {
      from.off("data", take).off("end", end).pause();
    }
  }

  private async carry({ bytes, at }: Piece, ctx: Context): Promise<void> {
    await this.delay(at, ctx);
    for (let rest = bytes; rest.length > 0;) {
      if (this.link.find("timeout", this.stream) !== undefined) {
        this.dropped += rest.length;
        return;
      }
      const portion = rest.subarray(0, this.portion(rest.length));
      const isLast = await this.transmit(portion, ctx);
      if (isLast) return this.link.close();
      rest = rest.subarray(portion.length);
      await this.pace(portion.length, ctx);
    }
  }

  /** Until the bytes have been under way for as long as the latency says, whatever it says meanwhile. */
  private async delay(at: number, ctx: Context): Promise<void> {
    const share = this.link.random() * 2 - 1;
    for (;;) {
      const toxic = this.link.find("latency", this.stream);
      if (toxic === undefined) return;
      const { latency, jitter = 0 } = toxic.attributes;
      const left = at + latency + share * jitter - ctx.clock.now();
      if (left <= 0) return;
      await this.link.pause(left, ctx);
    }
  }

  private portion(length: number): number {
    const slicer = this.link.find("slicer", this.stream)?.attributes;
    const bandwidth = this.link.find("bandwidth", this.stream)?.attributes;
    let portion = length;
    if (slicer !== undefined) {
      const { average_size: average, size_variation: variation = 0 } = slicer;
      portion = Math.min(portion, Math.round(average + (this.link.random() * 2 - 1) * variation));
    }
    if (bandwidth !== undefined) portion = Math.min(portion, bandwidth.rate * PORTION_MS);
    return Math.max(1, Math.floor(portion));
  }

  private async pace(bytes: number, ctx: Context): Promise<void> {
    const slicer = this.link.find("slicer", this.stream)?.attributes;
    const bandwidth = this.link.find("bandwidth", this.stream)?.attributes;
    const byRate = bandwidth === undefined ? 0 : bytes / bandwidth.rate;
    const ms = byRate + (slicer?.delay ?? 0) / MICROSECONDS;
    if (ms > 0) await this.link.pause(ms, ctx);
  }

  /** True when these were the last bytes that may go. */
  private async transmit(bytes: Buffer, ctx: Context): Promise<boolean> {
    const toxic = this.link.find("limit_data", this.stream);
    if (toxic === undefined) {
      await this.write(bytes, ctx);
      return false;
    }
    if (this.counted?.toxic !== toxic) this.counted = { toxic, bytes: 0 };
    const allowed = Math.min(bytes.length, toxic.attributes.bytes - this.counted.bytes);
    if (allowed > 0) await this.write(bytes.subarray(0, allowed), ctx);
    this.counted.bytes += allowed;
    return this.counted.bytes >= toxic.attributes.bytes;
  }

  private async write(bytes: Buffer, ctx: Context): Promise<void> {
    this.carried += bytes.length;
    if (!this.to.write(bytes)) await unlessCancelled(once(this.to, "drain"), ctx);
  }

  private async finish(ctx: Context): Promise<void> {
    // The end gets lost as the bytes do.
    while (this.link.find("timeout", this.stream) !== undefined) await this.link.pause(FOREVER_MS, ctx);
    const slow = this.link.find("slow_close", this.stream);
    if (slow !== undefined) await this.link.pause(slow.attributes.delay, ctx);
    this.to.end();
  }
}
