import { Channel } from "@barrage/kernel";
import type { Measured } from "../trap.ts";
import { loadStep, neededCapacity, type OpenChannel } from "./load-step.ts";

/** The capacity follows from the load it was made for: rate x 99th percentile x safety. */
export async function run(open: OpenChannel = (capacity) => new Channel(capacity)): Promise<Measured> {
  const queue = open(neededCapacity());
  const { shed } = await loadStep(queue);
  return { what: "danmaku shed at the peak", meant: 0, got: shed };
}
