import type { GapFrame } from "@barrage/protocol";

/** The records that one viewer was not sent and has not been told of yet: one range, growing until it is told. */
export class Withheld {
  private range: { readonly from: number; to: number } | undefined;
  private slow = 0;
  private sampled = 0;

  /** seq up to which the viewer knows everything; undefined while nothing is withheld. */
  get from(): number | undefined {
    return this.range?.from;
  }

  /** `slow` records for the viewer's slowness, `sampled` by the room's ceiling. */
  add(batch: { readonly prev: number; readonly seq: number; readonly sampled: number }, slow: number): void {
    this.range ??= { from: batch.prev, to: batch.seq };
    this.range.to = batch.seq;
    this.slow += slow;
    this.sampled += batch.sampled;
  }

  /** The frames that tell of them: one for each reason, and one at least, as it moves the viewer on. */
  frames(room: string): readonly GapFrame[] {
    const { range, slow, sampled } = this;
    if (range === undefined) return [];
    const gap = { type: "gap", room_id: room, from: range.from, to: range.to } as const;
    const told: GapFrame[] = slow > 0 || sampled === 0 ? [{ ...gap, count: slow, reason: "slow" }] : [];
    if (sampled > 0) told.push({ ...gap, count: sampled, reason: "sampled" });
    return told;
  }
}
