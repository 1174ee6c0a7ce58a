import type { Measured } from "../trap.ts";
import { SteppingClock } from "./stepping-clock.ts";

/** Spans are of the monotonic clock; the wall clock is read once, to say when zero was. */
export async function run(clock = new SteppingClock()): Promise<Measured> {
  const offset = clock.wall() - clock.now(); // kept, and corrected by NTP samples, never read for a span
  const began = clock.now();
  await clock.advance(10_000);
  const position = clock.now() - began;
  if (offset + began + position < 0) throw new Error("before the epoch");
  return { what: "ms into the video after 10 s", meant: 10_000, got: position };
}
