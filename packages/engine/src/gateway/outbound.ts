import type { Transport } from "../engine.ts";
import type { EngineSettings } from "../settings.ts";
import type { Level } from "./encoded-batch.ts";
import type { Holder, OutboundBudget } from "./outbound-budget.ts";

/** What became of a frame. `overflow`: over a limit, the connection must end. `gone`: the socket takes no more. */
export type Pushed = "written" | "overflow" | "gone";

/** Whose connection it is. */
export interface OutboundOwner extends Holder {
  /** The operating system has taken everything that was waiting when it was asked last. */
  taken(): void;
}

/** Part of the limit up to which what can wait is written ahead; the rest is for what cannot. */
const AHEAD_SHARE = 3 / 4;

/** A frame in the socket's buffer: `end` is the count of bytes ever written at which its last byte stands. */
interface Unsent {
  readonly end: number;
  readonly items: number;
}

/**
 * What one connection was sent and what of it still waits in its socket's buffer.
 *
 * Shape      one owner, its connection; no queue of its own: the socket's buffer is the queue.
 * Units      bytes of whole frames, headers included; `items` are records.
 * Bounds     the buffer never exceeds `limitBytes` (DL-15); what is shed above which mark: DL-16.
 * Cost       no allocation while the socket keeps up.
 */
export class Outbound {
  private readonly transport: Transport;
  private readonly bounds: EngineSettings["outbound"];
  private readonly budget: OutboundBudget;
  private readonly holder: OutboundOwner;
  private written = 0;
  private unsent: Unsent[] | undefined;
  /** `written` at the moment that the transport will tell of next; undefined when it is not asked. */
  private markedAt: number | undefined;
  private level: Level = 0;
  /** Records whose last byte the operating system has taken. */
  delivered = 0;

  constructor(
    transport: Transport,
    bounds: EngineSettings["outbound"],
    budget: OutboundBudget,
    holder: OutboundOwner,
  ) {
    this.transport = transport;
    this.bounds = bounds;
    this.budget = budget;
    this.holder = holder;
  }

  get unsentBytes(): number {
    return this.transport.bufferedBytes;
  }

  get isShedding(): boolean {
    return this.choose(0) > 0;
  }

  get isBehind(): boolean {
    return this.transport.bufferedBytes >= this.bounds.lowBytes;
  }

  /** Whether a frame that could wait may go now. One does when nothing waits, so that there is always an end to be told of. */
  hasRoomFor(bytes: number): boolean {
    if (this.unsent === undefined) return true;
    return this.transport.bufferedBytes + bytes <= this.bounds.limitBytes * AHEAD_SHARE;
  }

  /** Records that wait for their write. */
  get waitingItems(): number {
    return this.unsent?.reduce((sum, { items }) => sum + items, 0) ?? 0;
  }

  /**
   * How much of a batch may go out now, whose full form has `bytes`. Likes go first, midway between the marks; then
   * everything ordinary, above the high one; both until the buffer is below the low one.
   */
  choose(bytes: number): Level {
    const waiting = this.transport.bufferedBytes;
    const { lowBytes, highBytes } = this.bounds;
    if (waiting < lowBytes) this.level = 0;
    if (waiting === 0) return 0;
    if (waiting + bytes > highBytes) this.level = 2;
    else if (this.level === 0 && waiting + bytes > (lowBytes + highBytes) / 2) this.level = 1;
    return this.level;
  }

  /** A frame that must go out or the connection must end. */
  push(frame: Uint8Array, items: number): Pushed {
    const { transport } = this;
    const before = transport.bufferedBytes;
    const { length } = frame;
    if (before + length > this.bounds.limitBytes || !this.budget.admit(this.holder, length))
      return "overflow";
    if (!transport.write(frame)) return "gone";
    this.written += length;
    const waiting = transport.bufferedBytes;
    if (waiting === 0 && this.unsent === undefined) this.delivered += items;
    else this.keep(items, waiting);
    return "written";
  }

  /** The slow way: the operating system has not taken everything yet. */
  private keep(items: number, waiting: number): void {
    (this.unsent ??= []).push({ end: this.written, items });
    this.budget.note(this.holder, waiting);
    this.settle();
  }

  /** Counts what the operating system has taken since. Only while the socket lives: a dead one's buffer is empty too. */
  settle(): void {
    if (this.unsent === undefined) return;
    const waiting = this.transport.bufferedBytes;
    this.budget.note(this.holder, waiting);
    this.settleUpTo(this.written - waiting);
    this.ask();
  }

  private settleUpTo(taken: number): void {
    if (this.unsent === undefined) return;
    let done = 0;
    for (const { end, items } of this.unsent) {
      if (end > taken) break;
      this.delivered += items;
      done += 1;
    }
    if (done === this.unsent.length) this.unsent = undefined;
    else if (done > 0) this.unsent.splice(0, done);
  }

  /** One question at a time: it is answered when everything written so far is taken. */
  private ask(): void {
    if (this.unsent === undefined || this.markedAt !== undefined) return;
    this.markedAt = this.written;
    this.transport.whenTaken(this);
  }

  /** The transport's answer. */
  taken(): void {
    this.settleUpTo(this.markedAt ?? 0);
    this.markedAt = undefined;
    this.settle();
    this.holder.taken();
  }

  /** The socket has ended. Answers how many records were written and never taken. */
  finish(): number {
    this.budget.note(this.holder, 0);
    if (this.transport.isFlushed) this.settleUpTo(this.written);
    const lost = this.waitingItems;
    this.unsent = undefined;
    return lost;
  }
}
