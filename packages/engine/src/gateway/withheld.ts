import type { GapFrame } from "@barrage/protocol";

/** The records that one viewer was not sent and has not been told of yet: one range, growing until it is told. */
export class Withheld {
  private from = 0;
  private to = 0;
  private count = 0;

  get some(): boolean {
    return this.count > 0;
  }

  add(prev: number, seq: number, count: number): void {
    if (this.count === 0) this.from = prev;
    this.to = seq;
    this.count += count;
  }

  /** The frame that tells of them; afterwards there are none. */
  take(room: string): GapFrame {
    const frame: GapFrame = {
      type: "gap",
      room_id: room,
      from: this.from,
      to: this.to,
      count: this.count,
      reason: "slow",
    };
    this.count = 0;
    return frame;
  }
}
