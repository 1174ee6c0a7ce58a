import { Channel } from "@barrage/kernel";
import type { Measured } from "../trap.ts";
import { loadStep, type OpenChannel } from "./load-step.ts";

/** A queue with a number somebody once thought large, under the load of a peak. */
export async function run(open: OpenChannel = (capacity) => new Channel(capacity)): Promise<Measured> {
  const queue = open(16); // guilty
  const { shed } = await loadStep(queue);
  return { what: "danmaku shed at the peak", meant: 0, got: shed };
}
