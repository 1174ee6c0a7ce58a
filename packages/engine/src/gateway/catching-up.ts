import type { GapFrame } from "@barrage/protocol";
import { EncodedBatch } from "./encoded-batch.ts";

/** What stands for a stretch of the chain that a viewer missed. */
export type MissedFrame = EncodedBatch | GapFrame;

/**
 * A viewer on its way to the present: what it missed is handed out frame by frame, as its socket takes it.
 *
 * Shape      a state and its transitions, without effects; the viewer carries them out.
 */
export interface CatchingUp {
  /** All that it missed, in order. */
  readonly frames: readonly MissedFrame[];
  /** How many of them have been handed out. */
  readonly handedOut: number;
  /** seq that they bring it to. */
  readonly head: number;
  /** It missed more, for which it has to come back. */
  readonly isPart: boolean;
}

/** What is to be done next: hand out a frame; or after the last of them let the viewer be live, or send it for the rest. */
export type Step =
  | { readonly type: "hand-out"; readonly frame: MissedFrame; readonly items: number; readonly seq: number }
  | { readonly type: "go-live" }
  | { readonly type: "come-back" };

/** `seq` of a step: up to which the viewer stands once the frame is handed out; `items`: the records in it. */
export function nextStep({ frames, handedOut, isPart }: CatchingUp): Step {
  const frame = frames[handedOut];
  if (frame === undefined) return { type: isPart ? "come-back" : "go-live" };
  return frame instanceof EncodedBatch
    ? { type: "hand-out", frame, items: frame.count, seq: frame.seq }
    : { type: "hand-out", frame, items: 0, seq: frame.to };
}

/** After the frame of the last step. */
export const afterHandingOut = (rest: CatchingUp): CatchingUp => ({ ...rest, handedOut: rest.handedOut + 1 });

/** Records that have not been handed out. */
export function recordsLeft({ frames, handedOut }: CatchingUp): number {
  let sum = 0;
  for (const frame of frames.slice(handedOut)) if (frame instanceof EncodedBatch) sum += frame.count;
  return sum;
}
