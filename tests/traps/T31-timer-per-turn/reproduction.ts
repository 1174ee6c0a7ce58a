import { Channel, sleep } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

/** Takes a thousand danmaku, each with half a minute of patience. */
export async function run(): Promise<Measured> {
  const before = timers();
  const queue = new Channel<number>(1);
  for (let id = 0; id < 1_000; id++) {
    await queue.send(id);
    await Promise.race([queue.receive(), sleep(30_000)]); // guilty
  }
  return { what: "timers nobody waits for", meant: 0, got: timers() - before };
}
