import { systemClock } from "@barrage/kernel";
import type { Clock } from "@barrage/kernel";

/** Takes bytes as `fs.writeSync` does: gives how many, or throws. */
export type TakeBytes = (bytes: Uint8Array) => number;

export interface LineBounds {
  /** Lines that wait for their reader, bytes; one more is lost. */
  readonly maxBytes?: number;
  readonly clock?: Clock;
  /** The line that tells how many were lost before it. */
  readonly onLost: (lines: number) => string;
}

const MAX_BYTES = 1024 * 1024;
/** Between two looks whether the reader reads again, ms. */
const AGAIN_MS = 20;
/** Who has read nothing for so long gets what comes after, ms: what waits would keep a process that ends. */
const GIVE_UP_MS = 5_000;

/**
 * Lines for somebody who may read slowly, or not at all: that never holds up the writer, and never fails it.
 *
 * Shape      what can be written is written before `write` returns; the rest waits, in order.
 * Bounds     `maxBytes` wait, for 5 s without a reader at most; what is lost is counted and told in a line.
 * Errors     none.
 */
export class PatientLines {
  private readonly take: TakeBytes;
  private readonly maxBytes: number;
  private readonly clock: Clock;
  private readonly onLost: LineBounds["onLost"];
  private waiting: Uint8Array[] = [];
  /** Of the first one only the rest waits. */
  private isBegun = false;
  private bytes = 0;
  private lost = 0;
  /** The last try came to something. */
  private isTaken = false;
  private isEnding = false;
  private stuckSince = 0;
  private isLookingAgain = false;

  constructor(take: TakeBytes, { maxBytes = MAX_BYTES, clock = systemClock, onLost }: LineBounds) {
    this.take = take;
    this.maxBytes = maxBytes;
    this.clock = clock;
    this.onLost = onLost;
  }

  write(line: string): void {
    if (!this.add(line)) this.lost += 1;
    else if (!this.isLookingAgain) this.drain();
  }

  /** Writes what can be written now. Gives whether nothing waits. */
  drain(): boolean {
    for (let [first] = this.waiting; first !== undefined; [first] = this.waiting) {
      const taken = this.written(first);
      if (taken === undefined) {
        this.lookAgain();
        return false;
      }
      this.stuckSince = this.clock.now();
      this.bytes -= taken;
      this.isBegun = taken < first.length;
      if (this.isBegun) this.waiting[0] = first.subarray(taken);
      else this.next();
    }
    return true;
  }

  /** What comes now are the last lines of the process: none of them is too much. */
  end(): void {
    this.isEnding = true;
  }

  /** How many bytes were taken; all of a line that is lost; undefined while there is no room for it. */
  private written(line: Uint8Array): number | undefined {
    try {
      const taken = this.take(line);
      this.isTaken = true;
      return taken;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EAGAIN") return undefined;
      // Its reader is gone, or its disk full: no reason to end.
      this.isTaken = false;
      this.lost += 1;
      return line.length;
    }
  }

  private add(line: string): boolean {
    const bytes = Buffer.from(line);
    const isFull = this.waiting.length > 0 && this.bytes + bytes.length > this.maxBytes;
    if (isFull && !this.isEnding) return false;
    if (this.waiting.length === 0) this.stuckSince = this.clock.now();
    this.waiting.push(bytes);
    this.bytes += bytes.length;
    return true;
  }

  /** Done with the first one. What was lost is told behind those that came before. */
  private next(): void {
    this.waiting.shift();
    if (!this.isTaken) return;
    const { lost } = this;
    this.lost = 0;
    if (lost > 0 && !this.add(this.onLost(lost))) this.lost = lost;
  }

  private lookAgain(): void {
    if (this.isLookingAgain) return;
    if (this.clock.now() - this.stuckSince > GIVE_UP_MS) {
      // What was begun is ended first, or the next line would run on from its middle.
      const kept = this.isBegun ? this.waiting.slice(0, 1) : [];
      this.lost += this.waiting.length - kept.length;
      this.waiting = kept;
      this.bytes = kept[0]?.length ?? 0;
      return;
    }
    this.isLookingAgain = true;
    this.clock.setTimer(AGAIN_MS, () => {
      this.isLookingAgain = false;
      this.drain();
    });
  }
}
