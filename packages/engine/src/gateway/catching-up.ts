import type { GapFrame } from "@barrage/protocol";
import { EncodedBatch } from "./encoded-batch.ts";

/** What brings a viewer to the present, handed out frame by frame as its socket takes it. */
export class CatchingUp {
  /** seq that it brings the viewer to. */
  readonly head: number;
  /** There is more, for which the viewer has to come back. */
  readonly isPart: boolean;
  private readonly frames: readonly (EncodedBatch | GapFrame)[];
  private at = 0;

  constructor(frames: readonly (EncodedBatch | GapFrame)[], head: number, isPart: boolean) {
    this.frames = frames;
    this.head = head;
    this.isPart = isPart;
  }

  /** The frame whose turn it is; undefined when all have been handed out. */
  get next(): EncodedBatch | GapFrame | undefined {
    return this.frames[this.at];
  }

  /** `next` is handed out now; answers the seq up to which the viewer stands then. */
  pass(): number {
    const frame = this.frames[this.at];
    if (frame === undefined) return this.head;
    this.at += 1;
    return frame instanceof EncodedBatch ? frame.seq : frame.to;
  }

  /** Records that have not been handed out. */
  get count(): number {
    let sum = 0;
    for (const frame of this.frames.slice(this.at)) if (frame instanceof EncodedBatch) sum += frame.count;
    return sum;
  }
}
