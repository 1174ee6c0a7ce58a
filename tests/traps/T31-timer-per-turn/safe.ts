import { after, Channel, recv, select } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

/** The time of a select belongs to it, and ends with it. */
export async function run(): Promise<Measured> {
  const before = timers();
  const queue = new Channel<number>(1);
  for (let id = 0; id < 1_000; id++) {
    await queue.send(id);
    await select({ danmaku: recv(queue), late: after(30_000) });
  }
  return { what: "timers nobody waits for", meant: 0, got: timers() - before };
}
