import type { Measured } from "../trap.ts";
import { SteppingClock } from "./stepping-clock.ts";

/** Where the video is, ten seconds after it began. */
export async function run(clock = new SteppingClock()): Promise<Measured> {
  const began = clock.wall();
  await clock.advance(10_000);
  const position = clock.wall() - began; // guilty
  return { what: "ms into the video after 10 s", meant: 10_000, got: position };
}
