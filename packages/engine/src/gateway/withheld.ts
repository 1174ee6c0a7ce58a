import type { GapFrame } from "@barrage/protocol";

/** The records that one viewer was not sent and has not been told of yet: one range, growing until it is told. */
export class Withheld {
  private from = 0;
  private to = 0;
  private count = 0;

  add(prev: number, seq: number, count: number): void {
    if (this.count === 0) this.from = prev;
    this.to = seq;
    this.count += count;
  }

  /** The frame that tells of them. */
  frame(room: string): GapFrame {
    const { from, to, count } = this;
    return { type: "gap", room_id: room, from, to, count, reason: "slow" };
  }
}
