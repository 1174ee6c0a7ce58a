import { Channel, go, liveTaskCount, nextTurn } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

/** Indexes three danmaku in the background. */
export async function run(): Promise<Measured> {
  const before = liveTaskCount();
  const jobs = new Channel<string>(4);
  const indexed: string[] = [];
  const indexer = async (): Promise<void> => {
    for await (const job of jobs) indexed.push(job);
  };
  go(indexer); // guilty
  for (const job of ["a", "b", "c"]) await jobs.send(job);
  while (indexed.length < 3) await nextTurn();
  return { what: "tasks alive after the work", meant: 0, got: liveTaskCount() - before };
}
