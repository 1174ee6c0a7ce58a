import { Channel } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** A burst of ten danmaku for a queue of four. */
export async function run(): Promise<Measured> {
  const queue = new Channel<number>(4);
  for (let id = 0; id < 10; id++) {
    queue.trySend(id); // guilty
  }
  queue.close();
  let received = 0;
  for await (const _ of queue) received += 1;
  return { what: "danmaku received", meant: 10, got: received };
}
